using System.CommandLine;
using Bailiwick.Client;

namespace Bailiwick.Cli.Verbs;

/// <summary>`bailiwick up`: a cluster on this machine, by one command.</summary>
internal static class UpVerb
{
    private const int MostNodes = 16;
    private static readonly TimeSpan JoinLimit = TimeSpan.FromSeconds(90);

    public static Command Create()
    {
        var models = new Option<string[]>("--model")
        {
            Description = "Published model to serve: a folder or file. Repeatable; kept [default: the checkout's models/smollm2-135m-instruct]", HelpName = "PATH",
        };
        var policy = new Option<string?>("--policy") { Description = "Residency policy; copied into the data folder [default: a sample of one zone]", HelpName = "FILE" };
        var zone = new Option<string?>("--zone") { Description = "Zone of the silos that are added [default: the policy's first]" };
        var nodes = new Option<int>("--nodes") { Description = "Silos that the site has at least, 1 to 16", DefaultValueFactory = _ => 1 };
        var join = new Option<bool>("--join") { Description = "Add one silo to the site" };
        var threads = new Option<int>("--threads") { Description = "Compute threads of one decoder [default: the cores, shared among the silos]" };
        var wait = new Option<int>("--wait") { Description = "Seconds to wait for the models; 0 = not at all", DefaultValueFactory = _ => 900 };
        var tls = new Option<bool>("--tls") { Description = "The doors speak TLS, by certificates of the site's authority; kept" };
        OptionRange.Between(nodes, 1, MostNodes);
        OptionRange.Between(threads, 1, 512);
        OptionRange.Between(wait, 0, 86400);
        var command = new ClusterCommand(
            "up",
            """
            Start a cluster on this machine: PostgreSQL of its own, certificates, the log's key, silos, a first API key.

            The first run makes everything in the data folder; later ones start what is down and reuse the rest. Listens on loopback only.
            Nothing is asked; what runs, runs on after this command (see `bailiwick down`).
            """,
            "bailiwick up",
            "bailiwick up --join",
            "bailiwick up --data /srv/bailiwick --policy policy.yaml --zone de-berlin-1 --model /srv/models/qwen3-8b.gguf --nodes 2")
        {
            models, policy, zone, nodes, join, threads, wait, tls,
        };
        command.OnRun((parsed, cancellationToken) => RunAsync(
            parsed, command,
            new UpWishes(
                parsed.GetValue(models) ?? [], parsed.GetValue(policy), parsed.GetValue(zone), parsed.GetValue(nodes), parsed.GetValue(join),
                parsed.GetValue(threads), TimeSpan.FromSeconds(parsed.GetValue(wait)), parsed.GetValue(tls)),
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, ClusterCommand command, UpWishes wishes, CancellationToken cancellationToken)
    {
        var paths = command.Paths(parsed);
        var progress = parsed.InvocationConfiguration.Error;
        var tools = SiteTools.Find();
        using var alone = Enter(paths, wishes.Join);
        var before = paths.Load();
        if (wishes.Tls && before is { Tls: false } && before.Nodes.Any(node => new SiloProcess(paths, node.Name).Pid is not null))
        {
            throw new CliException("The silos that run have doors without TLS: bailiwick down, then bailiwick up --tls.", CliExit.Unsafe);
        }

        var policy = UpPolicy.Take(
            paths, wishes.Policy, wishes.Zone ?? (before is { Nodes: [var first, ..] } ? first.Zone : null), TimeProvider.System.GetUtcNow());
        var making = new UpSite(paths, tools, progress);
        var site = making.Decide(policy, Math.Max(wishes.Nodes, (before?.Nodes.Count ?? 0) + (wishes.Join ? 1 : 0)), Models(wishes, before), wishes.Tls);

        await making.DatabaseAsync(site, cancellationToken);
        site = making.Keys(site, TimeProvider.System.GetUtcNow());
        foreach (var node in site.Nodes)
        {
            making.Node(site, node, wishes.Threads > 0 ? wishes.Threads : Math.Max(1, Environment.ProcessorCount / site.Nodes.Count), TimeProvider.System.GetUtcNow());
        }

        site = await making.AdminKeyAsync(site, policy, cancellationToken);
        foreach (var node in site.Nodes)
        {
            await StartAsync(paths, node, tools, progress, cancellationToken);
        }

        var isWell = true;
        if (wishes.Wait > TimeSpan.Zero && site.Models.Count > 0)
        {
            using var authority = ClusterAccess.Authority(site.Ca);
            using var client = new BailiwickClient(new BailiwickClientOptions
            {
                Authority = authority,
                Gateways = [.. site.Gateways.Select(gateway => new Uri(gateway.Grpc))],
                Key = BailiwickClientOptions.ReadKey(site.KeyFile),
            });
            isWell = await new UpModels(client, progress).WaitAsync(site.Models.Count, wishes.Wait, cancellationToken);
        }

        Tell(parsed, command, site);
        if (!policy.IsServed)
        {
            progress.WriteLine(
                $"The policy lets nothing be asked in zone {policy.Zone} by callers there: every turn will be denied. `bailiwick policy table {paths.Policy}` shows what is allowed where.");
        }

        return isWell ? CliExit.Done : CliExit.Failed;
    }

    private static async Task StartAsync(SitePaths paths, SiteNode node, SiteTools tools, TextWriter progress, CancellationToken cancellationToken)
    {
        var process = new SiloProcess(paths, node.Name);
        var isThere = process.Pid is not null;
        if (!isThere)
        {
            foreach (var port in new[] { node.Silo, node.Grpc, node.Http, node.Operations })
            {
                UpSite.RequireFree(port, $"silo {node.Name}");
            }

            await process.StartAsync(tools, cancellationToken);
        }

        await process.JoinedAsync(node.Operations, JoinLimit, cancellationToken);
        progress.WriteLine($"{"Silo " + node.Name,-15} {(isThere ? "is up" : "has joined")}, pid {process.Pid}, gRPC 127.0.0.1:{node.Grpc}, HTTP 127.0.0.1:{node.Http}");
    }

    /// <summary>Makes or enters the data folder; one `up` at a time.</summary>
    private static FileStream Enter(SitePaths paths, bool isJoin)
    {
        var isMade = File.Exists(paths.File);
        if (isJoin && !isMade)
        {
            throw new CliException($"There is no site in {paths.Folder} that a silo could join. Start it first: bailiwick up.", CliExit.NotFound);
        }

        if (!isMade && Directory.Exists(paths.Folder) && Directory.EnumerateFileSystemEntries(paths.Folder).Any(entry => Path.GetFileName(entry) is not ("site.lock" or "policy.yaml")))
        {
            throw new CliException(
                $"{paths.Folder} holds files, but no site.json: it is no site, or one whose site.json is gone. Choose another folder with --data, or empty this one.",
                CliExit.Unsafe);
        }

        try
        {
            Directory.CreateDirectory(paths.Folder);
            return new FileStream(paths.At("site.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (Directory.Exists(paths.Folder))
        {
            throw new CliException($"Another `bailiwick up` or `down` is at work in {paths.Folder}; wait for it.", CliExit.Unsafe);
        }
        catch (UnauthorizedAccessException)
        {
            throw new CliException($"{paths.Folder} cannot be written to. Choose another folder with --data, or make it yours.");
        }
    }

    private static IReadOnlyList<string> Models(UpWishes wishes, Site? before)
    {
        if (wishes.Models.FirstOrDefault(path => !Path.Exists(path)) is { } missing)
        {
            throw new CliException($"--model: there is nothing at {missing}.", CliExit.NotFound);
        }

        return wishes.Models.Count > 0 ? [.. wishes.Models.Select(Path.GetFullPath)]
            : before is null && SiteTools.DefaultModel() is { } model ? [model]
            : [];
    }

    private static void Tell(ParseResult parsed, ClusterCommand command, Site site)
    {
        var output = parsed.InvocationConfiguration.Output;
        if (command.IsJson(parsed))
        {
            ModelsOptions.WriteJson(parsed, site);
            return;
        }

        var door = site.Gateways[0];
        output.WriteLine($"""

            The cluster {site.Boundary} is up, with {site.Nodes.Count} {(site.Nodes.Count == 1 ? "silo" : "silos")}.
              OpenAI's base URL  {door.Http}/v1
              API key            {site.KeyFile}
              log's key          {site.LogKey}{(site.Ca is { } ca ? $"\n  trust              {ca}" : "")}
            Next: bailiwick models served; bailiwick chat MODEL "question" --verify; bailiwick up --join; bailiwick down
            """);
        if (site.Models.Count == 0)
        {
            output.WriteLine("It serves no model yet: bailiwick down, then bailiwick up --model PATH.");
        }
    }
}

/// <summary>What the command line asks for.</summary>
internal sealed record UpWishes(IReadOnlyList<string> Models, string? Policy, string? Zone, int Nodes, bool Join, int Threads, TimeSpan Wait, bool Tls);
