using System.Diagnostics;

namespace Bailiwick.EndToEnd.Tests.Silo;

/// <summary>A site as the quick start makes it, made once in a run and then at rest: the fixtures' sites are copies of it.</summary>
internal static class SiteTemplate
{
    private static readonly Lazy<Task<(string Folder, int Port)>> Made = new(MakeAsync);

    /// <summary>A copy that has its own place and port; it does not run yet.</summary>
    public static async Task CopyAsync(string folder, int port)
    {
        var template = await Made.Value;
        // As root PostgreSQL's files are another user's: they stay his.
        await Executable.SucceedAsync("cp", "-a", template.Folder, folder);
        await ReplaceAsync(Path.Combine(folder, "data", "postgresql.conf"), $"port = {template.Port}", $"port = {port}");
        await ReplaceAsync(Path.Combine(folder, "data", "postgresql.conf"), template.Folder, folder);
        await ReplaceAsync(Path.Combine(folder, "owner.json"), $"Port={template.Port};", $"Port={port};");
        await ReplaceAsync(Path.Combine(folder, "owner.json"), template.Folder, folder);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(folder, "logins")))
        {
            await ReplaceAsync(file, $"127.0.0.1:{template.Port}:", $"127.0.0.1:{port}:");
        }
    }

    /// <summary>`start` (needs the port) or `stop` of a site's PostgreSQL.</summary>
    public static Task ClusterAsync(string verb, string folder, int port) => Executable.SucceedAsync(
        "bash", [Path.Combine(Checkout.Root, "infra/postgres/private-cluster.sh"), verb, folder, .. verb == "start" ? new[] { $"{port}" } : []]);

    private static async Task<(string Folder, int Port)> MakeAsync()
    {
        var port = SiteFixture.FreePort();
        // Not in the checkout: as root, PostgreSQL runs as another user, who must be able to reach the folder.
        var folder = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"bailiwick-{Environment.ProcessId}-site")).FullName;
        // By a process of its own: the test host is killed a moment after it says that it exits.
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Process.Start("rm", ["-rf", folder]).Dispose();
        var ownerFile = Path.Combine(folder, "owner.json");
        await ClusterAsync("start", folder, port);
        await Executable.SucceedAsync("bash", Path.Combine(Checkout.Root, "infra/postgres/provision.sh"), folder, $"{port}");
        await File.WriteAllTextAsync(ownerFile, $$$"""{"database": {"owner": "{{{SiteFixture.Connection(folder, port, "owner")}}}"}}""");
        await Executable.SucceedAsync("dotnet", Executable.Silo, "migrate", "--config", ownerFile);
        await Executable.SucceedAsync("dotnet", Executable.Cli, "keys", "ca", Path.Combine(folder, "keys"));
        await Executable.SucceedAsync(
            "dotnet", Executable.Cli, "audit", "keys", "new", Path.Combine(folder, "log.key"), "--name", SiteFixture.LogOrigin, "--type", "log");
        await Executable.SucceedAsync("dotnet", Executable.Cli, "keys", "sealing", "new", Path.Combine(folder, "sealing.keys"));
        await ClusterAsync("stop", folder, port);
        return (folder, port);
    }

    private static async Task ReplaceAsync(string file, string old, string now)
    {
        var text = await File.ReadAllTextAsync(file);
        Assert.Contains(old, text, StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, text.Replace(old, now, StringComparison.Ordinal));
    }
}
