using System.Net.Sockets;
using System.Runtime.Versioning;

namespace Bailiwick.EndToEnd.Tests.Silo;

/// <summary>The silo's verbs as an operator meets them: exit codes, lines, and what must not happen.</summary>
[Collection(SiteCollection.Name)]
[Trait("Category", "Cluster")]
[SupportedOSPlatform("linux")]
public sealed class RefusalTests(SiteFixture site)
{
    [Theory]
    [InlineData("run")]
    [InlineData("check")]
    public async Task Configuration_WithFaults_IsRefusedWithALineEach(string verb)
    {
        var file = site.At($"faults-{verb}.json");
        await File.WriteAllTextAsync(file, "{\"zone\": \"local-1\", \"listen\": {\"address\": \"0.0.0.0\"}, \"speed\": 1}");

        var (exitCode, output, error) = await Executable.RunAsync("dotnet", Executable.Silo, verb, "--config", file);

        Assert.Equal((1, ""), (exitCode, output));
        var lines = error.TrimEnd().Split('\n');
        Assert.Contains("speed: is not a setting.", lines);
        Assert.Contains(lines, line => line.StartsWith("listen.address: '0.0.0.0' is not a loopback address", StringComparison.Ordinal));
        Assert.Contains("certificate.key: a value is needed.", lines);
        Assert.All(lines, line => Assert.Matches(@"\A[a-zA-Z.]+: .+\.\z", line));
    }

    [Theory]
    [InlineData("-u", "DOTNET_EnableDiagnostics")]
    [InlineData("-u", "X", "DOTNET_EnableDiagnostics=1")]
    public async Task Run_WithItsDiagnosticsPortOpen_IsRefused(params string[] environment)
    {
        var file = await site.ConfigureAsync($"port-{environment.Length}", "n1", SiteFixture.FreePort(), SiteFixture.FreePort());
        var (exitCode, _, error) = await Executable.RunAsync("env", [.. environment, "dotnet", Executable.Silo, "run", "--config", file]);

        Assert.Equal(1, exitCode);
        Assert.StartsWith("environment: DOTNET_EnableDiagnostics=0 is missing", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_OfAGoodConfiguration_SaysNothing()
    {
        var file = await site.ConfigureAsync("checked", "n1", 11111, 8082);

        Assert.Equal((0, "", ""), await Executable.RunAsync("dotnet", Executable.Silo, "check", "--config", file));
    }

    [Fact]
    public async Task Run_WithoutADatabase_EndsAtOnceInOneLine()
    {
        var file = await site.ConfigureAsync("unreached", "n1", SiteFixture.FreePort(), SiteFixture.FreePort());
        await File.WriteAllTextAsync(
            file, (await File.ReadAllTextAsync(file)).Replace($"Port={site.Port}", $"Port={SiteFixture.FreePort()}", StringComparison.Ordinal));

        var (exitCode, _, error) = await Executable.RunAsync("dotnet", Executable.Silo, "run", "--config", file);

        Assert.Equal(3, exitCode);
        Assert.Matches(@"\Adatabase\.application: Failed to connect to 127\.0\.0\.1:\d+: Connection refused\.\n\z", error);
    }

    [Fact]
    public async Task Run_OnAPortThatIsTaken_EndsInOneLine()
    {
        using var taken = new TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        var port = ((System.Net.IPEndPoint)taken.LocalEndpoint).Port;
        var file = await site.ConfigureAsync("taken", "n1", port, SiteFixture.FreePort());

        var (exitCode, _, error) = await Executable.RunAsync("dotnet", Executable.Silo, "run", "--config", file);

        Assert.Equal(3, exitCode);
        Assert.Matches(@"\AThe cluster 'taken' cannot be joined: .*in use\.\n\z", error);
    }

    [Fact]
    public async Task Migrate_WithAWrongPassword_EndsInOneLineWithoutStack()
    {
        var pass = site.At("wrong.pgpass");
        await File.WriteAllTextAsync(pass, "*:*:*:*:wrong\n");
        File.SetUnixFileMode(pass, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var file = site.At("wrong.json");
        await File.WriteAllTextAsync(
            file, (await File.ReadAllTextAsync(site.At("owner.json"))).Replace(site.At("logins", "owner.pgpass"), pass, StringComparison.Ordinal));

        var (exitCode, output, error) = await Executable.RunAsync("dotnet", Executable.Silo, "migrate", "--config", file);

        Assert.Equal((3, ""), (exitCode, output));
        Assert.Equal("database.owner: password authentication failed for user \"bailiwick_owner_login\" (28P01).\n", error);
    }

    [Fact]
    public async Task Migrate_TwiceAtOnce_AppliesNothingTwice()
    {
        var runs = await Task.WhenAll(Enumerable.Range(0, 2)
            .Select(_ => Executable.RunAsync("dotnet", Executable.Silo, "migrate", "--config", site.At("owner.json"))));

        Assert.All(runs, run => Assert.Equal((0, ""), (run.ExitCode, run.Error)));
        Assert.All(runs, run => Assert.DoesNotContain("applied", run.Output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_BesideAStrayAppsettings_OpensOnlyWhatItsConfigurationNames()
    {
        var folder = Directory.CreateDirectory(site.At("stray")).FullName;
        var port = SiteFixture.FreePort();
        await File.WriteAllTextAsync(
            Path.Combine(folder, "appsettings.json"),
            $$$"""{"Kestrel": {"Endpoints": {"Stray": {"Url": "http://127.0.0.1:{{{port}}}"} } }, "Logging": {"LogLevel": {"Default": "Trace"} } }""");
        var file = await site.ConfigureAsync("stray", "n1", SiteFixture.FreePort(), SiteFixture.FreePort());
        await using var silo = SiloProcess.Start(file, folder);
        await silo.JoinedAsync();

        using var client = new TcpClient();
        await Assert.ThrowsAsync<SocketException>(() => client.ConnectAsync(System.Net.IPAddress.Loopback, port));

        Assert.DoesNotContain("Passfile", silo.Output, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Host=", silo.Output, StringComparison.OrdinalIgnoreCase);
    }
}
