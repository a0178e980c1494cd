using System.CommandLine;

namespace Bailiwick.Cli.Verbs;

/// <summary>`bailiwick down`: ends what `up` started. The data stay.</summary>
internal static class DownVerb
{
    /// <summary>A silo lets streams end for 30 s.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(45);

    public static Command Create()
    {
        var all = new Option<bool>("--all") { Description = "Also silos of this site that `up` did not start" };
        var command = new ClusterCommand(
            "down",
            """
            Stop the silos of a site (SIGTERM: running streams end), then its PostgreSQL. Data, keys and builds stay; `bailiwick up` goes on.
            A silo that something else started is not touched without --all, and PostgreSQL is not stopped under it.
            """,
            "bailiwick down",
            "bailiwick down --data /srv/bailiwick --all") { all };
        command.OnRun((parsed, cancellationToken) => RunAsync(parsed, command, parsed.GetValue(all), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, ClusterCommand command, bool isAll, CancellationToken cancellationToken)
    {
        var paths = command.Paths(parsed);
        var progress = parsed.InvocationConfiguration.Error;
        var site = paths.Load() ?? throw new CliException($"There is no site in {paths.Folder}.", CliExit.NotFound);
        var tools = SiteTools.Find();
        var stopped = new List<string>();
        var silos = site.Nodes.Select(node => (node.Name, Process: new SiloProcess(paths, node.Name))).ToList();
        var own = silos.Where(silo => silo.Process.Pid is not null).Select(silo => (silo.Name, silo.Process, Pid: silo.Process.Pid!.Value)).ToList();
        var strangers = silos.SelectMany(silo => silo.Process.All().Select(pid => (silo.Name, silo.Process, Pid: pid)))
            .Where(silo => own.TrueForAll(known => known.Pid != silo.Pid)).ToList();
        var late = (await Task.WhenAll((isAll ? own.Concat(strangers) : own).Select(async silo =>
        {
            var isDown = await silo.Process.StopAsync(silo.Pid, Limit, cancellationToken);
            progress.WriteLine($"{"Silo " + silo.Name,-15} {(isDown ? "stopped" : $"has not ended within {Limit.TotalSeconds:0} s")} (pid {silo.Pid})");
            return (silo.Name, silo.Pid, isDown);
        }))).ToList();
        stopped.AddRange(late.Where(silo => silo.isDown).Select(silo => silo.Name));
        if (late.Find(silo => !silo.isDown) is { Name: not null } stuck)
        {
            throw new CliException($"Silo {stuck.Name} still runs; PostgreSQL was left to it. `kill -9 {stuck.Pid}` ends it: nothing durable is lost.", CliExit.TimeOut);
        }

        if (!isAll && strangers.Count > 0)
        {
            throw new CliException(
                $"Something else runs silo {strangers[0].Name} (pid {strangers[0].Pid}); PostgreSQL was left to it. --all stops that too.", CliExit.Unsafe);
        }

        if (Directory.Exists(paths.Postgres))
        {
            await tools.PostgresAsync(["stop", paths.Postgres], cancellationToken);
            progress.WriteLine($"{"PostgreSQL",-15} stopped");
        }

        if (command.IsJson(parsed))
        {
            ModelsOptions.WriteJson(parsed, new { Stopped = stopped, Data = paths.Folder });
        }
        else
        {
            parsed.InvocationConfiguration.Output.WriteLine($"The site is down; its data stay in {paths.Folder}.");
        }

        return CliExit.Done;
    }
}
