using System.Text.Json;

namespace Bailiwick.Benchmarks.Doors;

/// <summary>A site of one silo that `bailiwick up` made: where it answers, and its processes.</summary>
/// <param name="Grpc">Its gRPC door.</param>
/// <param name="Http">Its HTTP door.</param>
/// <param name="Key">Secret of its first key.</param>
/// <param name="Silo">Process id.</param>
internal sealed record RunningSite(Uri Grpc, Uri Http, string Key, int Silo)
{
    public const string Model = "smollm2-135m-instruct";

    /// <param name="folder">The data folder.</param>
    /// <param name="silo">Process id of the silo.</param>
    public static RunningSite Read(string folder, int silo)
    {
        using var site = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "site.json")));
        var gateway = site.RootElement.GetProperty("gateways")[0];
        return new RunningSite(
            new Uri(gateway.GetProperty("grpc").GetString()!), new Uri(gateway.GetProperty("http").GetString()!),
            File.ReadAllText(site.RootElement.GetProperty("keyFile").GetString()!).Trim(), silo);
    }

    /// <summary>The silo's only child: its decoder.</summary>
    public int Decoder() => Directory.EnumerateDirectories($"/proc/{Silo}/task")
        .SelectMany(task => File.ReadAllText(Path.Combine(task, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Select(int.Parse).Single();
}
