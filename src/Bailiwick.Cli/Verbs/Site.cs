using System.Text.Json;

namespace Bailiwick.Cli.Verbs;

/// <summary>What `up` decided once and keeps: site.json in the data folder. Private to the verbs of this executable.</summary>
internal sealed record Site
{
    /// <summary>Form of the file.</summary>
    public int Version { get; init; } = 1;

    public required string Data { get; init; }

    public required string Boundary { get; init; }

    public required string Jurisdiction { get; init; }

    public required string LogOrigin { get; init; }

    /// <summary>Verifier key of the log, as made here: what a receipt is checked with. Empty until it is made.</summary>
    public string LogKey { get; init; } = "";

    public required string KeyFile { get; init; }

    /// <summary>Id of that key. Empty until it is made.</summary>
    public string KeyId { get; init; } = "";

    public required int PostgresPort { get; init; }

    /// <summary>Published models that each worker serves.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    public IReadOnlyList<SiteNode> Nodes { get; init; } = [];

    /// <summary>Whether the doors speak TLS.</summary>
    public bool Tls { get; init; }

    /// <summary>The root that callers must trust; null without TLS. Written for people and scripts.</summary>
    public string? Ca => Tls ? Path.Combine(Data, "authority", "ca.pem") : null;

    /// <summary>Doors of the nodes; written for people and scripts.</summary>
    public IReadOnlyList<SiteGateway> Gateways => [.. Nodes.Select(node => new SiteGateway($"{Scheme}://127.0.0.1:{node.Grpc}", $"{Scheme}://127.0.0.1:{node.Http}"))];

    private string Scheme => Tls ? "https" : "http";
}

/// <summary>A silo and its ports, all on 127.0.0.1.</summary>
internal sealed record SiteNode(string Name, string Zone, int Silo, int Grpc, int Http, int Operations);

/// <summary>Addresses of a node's doors.</summary>
internal sealed record SiteGateway(string Grpc, string Http);

/// <summary>Where things lie in a data folder.</summary>
internal sealed class SitePaths(string folder)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        // A verifier key holds plus signs; people copy it from here.
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    public string Folder { get; } = Path.GetFullPath(folder);

    public string File => At("site.json");

    public string Postgres => At("postgres");

    public string Policy => At("policy.yaml");

    public string Authority => At("authority");

    public string LogKey => At("keys", "log.key");

    public string SealingKeys => At("keys", "sealing.keys");

    public string AdminKey => At("keys", "admin.key");

    public string At(params IEnumerable<string> parts) => Path.Combine([Folder, .. parts]);

    public string Node(string name) => At("nodes", name);

    public string Configuration(string name) => At("nodes", name, "silo.json");

    public string Log(string name) => At("logs", name + ".log");

    public string PassFile(string duty) => At("postgres", "logins", duty + ".pgpass");

    /// <summary>As root the folder must be one that the user postgres can reach; root's home is not.</summary>
    public static string DefaultFolder() => Environment.IsPrivilegedProcess
        ? "/var/lib/bailiwick"
        : Path.Combine(
            Environment.GetEnvironmentVariable("XDG_DATA_HOME") is { Length: > 0 } data
                ? data
                : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "share"),
            "bailiwick", "site");

    /// <summary>The site of the folder; null where there is none.</summary>
    /// <exception cref="CliException">There is one that cannot be read.</exception>
    public Site? Load()
    {
        try
        {
            return System.IO.File.Exists(File) ? JsonSerializer.Deserialize<Site>(System.IO.File.ReadAllBytes(File), Json) : null;
        }
        catch (JsonException problem)
        {
            throw new CliException(
                $"{File}, line {problem.LineNumber + 1}, is not what `bailiwick up` writes. Put back its old content, or move {Folder} away to begin anew.",
                CliExit.Unsafe);
        }
    }

    /// <summary>Whole or not at all: a reader never sees half a file.</summary>
    public void Save(Site site)
    {
        var next = File + ".new";
        System.IO.File.WriteAllText(next, JsonSerializer.Serialize(site, Json) + "\n");
        System.IO.File.Move(next, File, overwrite: true);
    }
}
