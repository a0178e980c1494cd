using Bailiwick.Silo.Hosting;

if (!CoreDumps.Forbid())
{
    return SiloHost.Fail("Core dumps cannot be switched off: what silos hold must not be written to a disk by a crash.", SiloHost.Refused);
}

// One executable, five verbs. `run` is what systemd starts.
return args switch
{
    ["run", "--config", var file] => await SiloHost.RunAsync(file, CancellationToken.None),
    ["check", "--config", var file] => SiloHost.Check(file),
    ["migrate", "--config", var file] => await SiloHost.MigrateAsync(file, CancellationToken.None),
    ["reseal", "--config", var file] => await ResealVerb.RunAsync(file, CancellationToken.None),
    ["key", .. var options] => await KeyVerb.RunAsync(options, CancellationToken.None),
    ["--help" or "-h" or "help"] => Usage(Console.Out, SiloHost.Success),
    _ => Usage(Console.Error, SiloHost.WrongUsage),
};

static int Usage(TextWriter output, int exitCode)
{
    output.WriteLine("""
        usage: bailiwick-silo VERB --config FILE
          run      joins the cluster and serves until SIGTERM
          check    validates the configuration and lists every fault; connects to nothing
          migrate  brings the database to this build's schema (needs database.owner)
          reseal   seals what is kept of conversations by the newest key of sessions.keys
          key      makes an API key and tells its secret, once: --name NAME --tenant TENANT --jurisdiction ID --class ID
                   --purpose ID --scope inference|operations|audit [--scope ...] --days N

        Exit codes:
          0  done, or a clean stop
          1  the configuration is refused; every fault is a line on stderr
          2  wrong usage
          3  the database or the cluster cannot be reached, or does not take this silo
        """);
    return exitCode;
}
