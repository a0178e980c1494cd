using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bailiwick.Evidence;
using Bailiwick.Evidence.Storage;
using Bailiwick.Protocol;

namespace Bailiwick.Cli.Verbs;

/// <summary>
/// Makes what a site needs, step by step; a step that is done already does nothing, so a making that was interrupted is gone on with.
/// </summary>
internal sealed class UpSite(SitePaths paths, SiteTools tools, TextWriter progress)
{
    private const int CertificateDays = 30;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Takes or decides names and ports, and writes them down before anything is made by them.</summary>
    public Site Decide(UpPolicy policy, int nodes, IReadOnlyList<string> models, bool tls)
    {
        var site = paths.Load() ?? new Site
        {
            Data = paths.Folder,
            Boundary = policy.Boundary,
            Jurisdiction = policy.Jurisdiction,
            LogOrigin = $"{policy.Boundary}.bailiwick.site/log",
            KeyFile = paths.AdminKey,
            PostgresPort = FreePort(),
            Models = models,
        };
        if (site.Jurisdiction != policy.Jurisdiction)
        {
            throw new CliException(
                $"This site serves {site.Jurisdiction}, zone {policy.Zone} lies in {policy.Jurisdiction}: one cluster serves one boundary. Give that one a data folder of its own.",
                CliExit.Unsafe);
        }

        var all = site.Nodes.ToList();
        while (all.Count < nodes)
        {
            all.Add(new SiteNode($"n{all.Count + 1}", policy.Zone, FreePort(), FreePort(), FreePort(), FreePort()));
        }

        site = site with { Nodes = all, Models = [.. site.Models.Union(models)], Tls = site.Tls || tls };
        paths.Save(site);
        return site;
    }

    public async Task DatabaseAsync(Site site, CancellationToken cancellationToken)
    {
        if (!await IsRunningAsync(cancellationToken))
        {
            RequireFree(site.PostgresPort, "PostgreSQL of this site");
        }

        await tools.PostgresAsync(["start", paths.Postgres, $"{site.PostgresPort}"], cancellationToken);
        await tools.ProvisionAsync(paths.Postgres, site.PostgresPort, cancellationToken);
        var owner = paths.At("postgres", "owner.json");
        await File.WriteAllTextAsync(owner, new JsonObject { ["database"] = new JsonObject { ["owner"] = Connection(site, "owner") } }.ToJsonString(), cancellationToken);
        var applied = await tools.SiloAsync(["migrate", "--config", owner], cancellationToken);
        Done("PostgreSQL", $"127.0.0.1:{site.PostgresPort}, {applied.Split('\n').Count(line => line.StartsWith("applied ", StringComparison.Ordinal))} migrations applied");
    }

    /// <summary>The site's authority, the log's key, and the keys that seal conversations.</summary>
    public Site Keys(Site site, DateTimeOffset now)
    {
        if (!File.Exists(Path.Combine(paths.Authority, "ca.pem")))
        {
            using var authority = KeysAuthority.Create("Bailiwick site authority", now, now.AddDays(3650));
            KeysFiles.Write(paths.Authority, "ca", authority, null);
        }

        Directory.CreateDirectory(paths.At("keys"));
        if (!File.Exists(paths.LogKey))
        {
            using var made = SigningKey.Generate(site.LogOrigin, SignatureType.Ed25519);
            KeyFile.Create(paths.LogKey, made);
        }

        if (!File.Exists(paths.SealingKeys))
        {
            KeysSealing.Make(paths.SealingKeys);
        }

        if (!KeyFile.TryRead(paths.LogKey, out var key, out var fault))
        {
            throw new CliException($"{paths.LogKey}: {fault}. Without its key the log cannot go on; restore the file.", CliExit.Unsafe);
        }

        using (key)
        {
            site = site with { LogKey = key.Key.ToString() };
        }

        paths.Save(site);
        Done("Keys", $"authority, log {site.LogOrigin}, sealing of conversations");
        return site;
    }

    /// <summary>Certificates and configuration of a node.</summary>
    public void Node(Site site, SiteNode node, int threads, DateTimeOffset now)
    {
        var folder = Directory.CreateDirectory(paths.Node(node.Name)).FullName;
        Certificate(folder, "silo", now, authority => KeysAuthority.Issue(
            authority, new SiloIdentity(node.Zone, node.Name, SiloRoles.Gateway | SiloRoles.Worker), now, now.AddDays(CertificateDays)));
        if (site.Tls)
        {
            Certificate(folder, "door", now, authority => KeysAuthority.IssueDoor(authority, ["localhost", "127.0.0.1"], now, now.AddDays(CertificateDays)));
        }

        var file = paths.Configuration(node.Name);
        File.WriteAllText(file, Keep(file, Configuration(site, node, folder, threads)).ToJsonString(Indented) + "\n");
    }

    /// <summary>Who may call, how much, and what is kept for how long, is the operator's to write into the file: `up` keeps it.</summary>
    internal static JsonObject Keep(string file, JsonObject made)
    {
        if (!File.Exists(file))
        {
            return made;
        }

        JsonObject? written = null;
        try
        {
            written = JsonNode.Parse(File.ReadAllText(file), documentOptions: new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }) as JsonObject;
        }
        catch (JsonException)
        {
            // Told below, with what is JSON and no object.
        }

        if (written is null)
        {
            throw new CliException($"{file} is no JSON object any more. Correct it; `bailiwick-silo check --config {file}` names the line.", CliExit.Unsafe);
        }

        foreach (var section in new[] { "callers", "limits", "sessions" })
        {
            if (written[section] is { } kept)
            {
                made[section] = kept.DeepClone();
            }
        }

        if (written["listen"] is JsonObject listen && listen["tls"] is JsonObject before && before["clientCertificates"] is { } use
            && made["listen"]?["tls"] is JsonObject tls)
        {
            tls["clientCertificates"] = use.DeepClone();
        }

        return made;
    }

    /// <summary>A certificate and its key in the folder of a node; made anew in its last week.</summary>
    private void Certificate(string folder, string name, DateTimeOffset now, Func<X509Certificate2, X509Certificate2> issue)
    {
        var (pem, secret) = (Path.Combine(folder, name + ".pem"), Path.Combine(folder, name + ".key"));
        if (File.Exists(pem) && EndOf(pem) < now.AddDays(7))
        {
            File.Delete(pem);
            File.Delete(secret);
        }

        if (!File.Exists(pem))
        {
            // A key without its certificate is half of an interrupted pair.
            File.Delete(secret);
            using var authority = KeysFiles.ReadAuthority(paths.Authority);
            using var made = issue(authority);
            KeysFiles.Write(folder, name, made, null);
        }
    }

    /// <summary>The first key: what `chat` and `nodes` use.</summary>
    public async Task<Site> AdminKeyAsync(Site site, UpPolicy policy, CancellationToken cancellationToken)
    {
        if (File.Exists(paths.AdminKey) && site.KeyId.Length > 0)
        {
            return site;
        }

        var told = await tools.SiloAsync(
            ["key", "--config", paths.Configuration(site.Nodes[0].Name), "--name", "admin", "--tenant", policy.Label.Tenant!, "--jurisdiction", policy.Label.Jurisdiction!,
            "--class", policy.Label.Class!, "--purpose", policy.Label.Purpose!, "--scope", "inference", "--scope", "operations", "--scope", "audit", "--days", "365"],
            cancellationToken);
        var lines = told.Split('\n').Select(line => line.Split(' ', 2, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words.Length == 2).ToLookup(words => words[0].TrimEnd(':'), words => words[1]);
        if (lines["id"].SingleOrDefault() is not { } id || lines["secret"].SingleOrDefault() is not { } secret)
        {
            throw new CliException("bailiwick-silo key has not told id and secret: CLI and silo are of different builds. Build both and run this again.");
        }

        File.Delete(paths.AdminKey);
        await SecretFile.WriteAsync(paths.AdminKey, secret, cancellationToken);
        site = site with { KeyId = id };
        paths.Save(site);
        Done("First API key", $"{id}, in {paths.AdminKey}");
        return site;
    }

    /// <exception cref="CliException">Somebody else listens there.</exception>
    public static void RequireFree(int port, string whose)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
        }
        catch (SocketException)
        {
            throw new CliException(
                $"Port {port}, which belongs to the {whose}, is taken by another process (`ss -ltnp 'sport = :{port}'` names it). End that process, or change the port in site.json.",
                CliExit.Unsafe);
        }
    }

    private void Done(string step, string what) => progress.WriteLine($"{step,-15} {what}");

    private async Task<bool> IsRunningAsync(CancellationToken cancellationToken)
    {
        try
        {
            return Directory.Exists(Path.Combine(paths.Postgres, "data"))
                && (await tools.PostgresAsync(["status", paths.Postgres], cancellationToken)).Length >= 0;
        }
        catch (CliException)
        {
            return false;
        }
    }

    private static DateTimeOffset EndOf(string pem)
    {
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(pem);
        return certificate.NotAfter;
    }

    private string Connection(Site site, string duty) =>
        $"Host=127.0.0.1;Port={site.PostgresPort};Database=bailiwick;Username=bailiwick_{duty}_login;Passfile={paths.PassFile(duty)}";

    private JsonObject Configuration(Site site, SiteNode node, string folder, int threads) => new()
    {
        ["boundary"] = site.Boundary,
        ["jurisdiction"] = site.Jurisdiction,
        ["zone"] = node.Zone,
        ["node"] = node.Name,
        ["roles"] = new JsonArray("gateway", "worker"),
        ["policy"] = paths.Policy,
        ["data"] = Path.Combine(folder, "data"),
        ["certificate"] = new JsonObject
        {
            ["authority"] = Path.Combine(paths.Authority, "ca.pem"),
            ["file"] = Path.Combine(folder, "silo.pem"),
            ["key"] = Path.Combine(folder, "silo.key"),
        },
        ["database"] = new JsonObject
        {
            ["application"] = Connection(site, "application"),
            ["intake"] = Connection(site, "intake"),
            ["sequencer"] = Connection(site, "sequencer"),
            ["auditor"] = Connection(site, "auditor"),
        },
        ["listen"] = new JsonObject { ["silo"] = node.Silo, ["grpc"] = node.Grpc, ["http"] = node.Http, ["operations"] = node.Operations, ["tls"] = site.Tls ? Tls(folder) : null },
        ["decoders"] = new JsonObject
        {
            // One store for the machine: the first silo builds a model, the others find it built.
            ["store"] = paths.At("store"),
            ["models"] = PolicyJson.Texts(site.Models),
            ["threads"] = threads,
            // For trials of what stands around a model.
            ["simulate"] = Environment.GetEnvironmentVariable("BAILIWICK_SIMULATE") is { Length: > 0 } profile ? profile : null,
            ["genAi"] = Environment.GetEnvironmentVariable("BAILIWICK_GENAI") is { Length: > 0 } library ? library : null,
        },
        ["limits"] = new JsonArray(),
        ["callers"] = new JsonObject { ["networks"] = new JsonArray(new JsonObject { ["network"] = "127.0.0.0/8", ["zone"] = node.Zone }) },
        ["sessions"] = new JsonObject { ["keys"] = paths.SealingKeys },
        ["log"] = new JsonObject { ["origin"] = site.LogOrigin, ["key"] = paths.LogKey, ["published"] = paths.At("published") },
    };

    private static JsonObject Tls(string folder) => new()
    {
        ["certificate"] = Path.Combine(folder, "door.pem"),
        ["key"] = Path.Combine(folder, "door.key"),
    };

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
