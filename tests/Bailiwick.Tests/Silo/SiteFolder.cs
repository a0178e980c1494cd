using System.CommandLine;
using Bailiwick.Cli.Verbs;
using Bailiwick.Evidence;
using Bailiwick.Evidence.Storage;
using Bailiwick.Protocol;
using Bailiwick.Silo.Hosting;

namespace Bailiwick.Tests.Silo;

/// <summary>A folder with all that a silo's settings name, made as an operator makes it. Removed at the end.</summary>
internal sealed class SiteFolder : IDisposable
{
    public const string Zone = "local-1";
    public const string Node = "n1";
    public const string Origin = "test.example/log";

    public SiteFolder()
    {
        Made(Keys("ca", At("keys")));
        Issue("silo", Zone, Node, "gateway", "worker");
        File.WriteAllText(At("pass"), "127.0.0.1:5432:bailiwick:login:secret");
        Close(At("pass"));
        using var key = SigningKey.Generate(Origin, SignatureType.Ed25519);
        KeyFile.Create(At("log.key"), key);
        File.WriteAllText(At("sealing.keys"), SealingKeys.Begin("k1", new byte[SealingKeys.KeyLength]));
        Close(At("sealing.keys"));
    }

    public string Root { get; } = Directory.CreateTempSubdirectory("bailiwick-site-").FullName;

    public string At(params string[] parts) => Path.Combine([Root, .. parts]);

    public string Connection(string login) => $"Host=127.0.0.1;Port=5432;Database=bailiwick;Username={login};Passfile={At("pass")}";

    /// <summary>Settings without a fault.</summary>
    public SiloOptions Options() => new()
    {
        Boundary = "test",
        Jurisdiction = "local",
        Zone = Zone,
        Node = Node,
        Roles = ["gateway", "worker"],
        Policy = Repository.Fixture("residency", "sample.yaml"),
        Data = At("data"),
        Certificate = new() { Authority = At("keys", "ca.pem"), File = At("silo", "silo.pem"), Key = At("silo", "silo.key") },
        Database = new()
        {
            Application = Connection("application"),
            Intake = Connection("intake"),
            Sequencer = Connection("sequencer"),
            Auditor = Connection("auditor"),
        },
        Decoders = new() { Store = At("builds") },
        Callers = new() { Networks = [new() { Network = "127.0.0.0/8", Zone = Zone }] },
        Sessions = new() { Keys = At("sealing.keys") },
        Log = new() { Origin = Origin, Key = At("log.key") },
    };

    public void Issue(string folder, string zone, string node, params string[] roles) =>
        Made(Keys("issue", [At(folder), "--ca", At("keys"), "--zone", zone, "--node", node, .. roles.SelectMany(role => new[] { "--role", role })]));

    /// <summary>Runs `bailiwick keys`.</summary>
    public static (int ExitCode, string Output, string Error) Keys(string verb, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var root = new RootCommand { KeysVerb.Create() };
        var exitCode = root.Parse(["keys", verb, .. arguments]).Invoke(new InvocationConfiguration { Output = output, Error = error });
        return (exitCode, output.ToString(), error.ToString());
    }

    public static void Close(string file)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private static void Made((int ExitCode, string Output, string Error) run) => Assert.True(run.ExitCode == 0, run.Error);
}
