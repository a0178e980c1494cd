using Bailiwick.Silo.Hosting;

// One executable, three verbs. `run` is what systemd starts.
return args switch
{
    ["run", "--config", var file] => await SiloHost.RunAsync(file, CancellationToken.None),
    ["check", "--config", var file] => SiloHost.Check(file),
    ["migrate", "--config", var file] => SiloHost.Migrate(file),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        usage: bailiwick-silo VERB --config FILE
          run      joins the cluster and serves until SIGTERM
          check    validates the configuration and lists every fault
          migrate  brings the database to this build's schema (needs database.owner)
        """);
    return 2;
}
