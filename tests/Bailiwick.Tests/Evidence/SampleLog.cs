using System.Globalization;
using System.Text;
using Bailiwick.Evidence;

namespace Bailiwick.Tests.Evidence;

/// <summary>The log of the fixtures: its leaf formula and its public test keys.</summary>
internal static class SampleLog
{
    public const string Origin = "log.example/bailiwick/eu.de";

    public static byte[] Entry(ulong index) => Encoding.ASCII.GetBytes(string.Create(
        CultureInfo.InvariantCulture, $"bailiwick test leaf {index}\n{new string('.', (int)(index % 37))}"));

    public static VerifierKey Key(string text) =>
        VerifierKey.TryParse(text, out var key, out var fault) ? key : throw new InvalidOperationException(fault.ToString());

    public static SigningKey Signer(string name, SignatureType type)
    {
        var key = VectorFile.Fixture("keys.json").Items("keys").Single(entry => entry.Text("name") == name);
        return SigningKey.FromSeed(name, type, Convert.FromHexString(key.Text("seed_hex")));
    }

    public static TrustPolicy Policy() =>
        TrustPolicy.TryParse(VectorFile.FixtureBytes("policy.txt"), out var policy, out var fault)
            ? policy
            : throw new InvalidOperationException(fault.ToString());

    /// <summary>Stores the log of some sizes, with the partial tiles of each.</summary>
    public static async Task<(MemoryTileStore Store, TileAppender Appender)> BuildAsync(params ulong[] sizes)
    {
        var store = new MemoryTileStore();
        var appender = new TileAppender();
        foreach (var size in sizes)
        {
            while (appender.Size < size)
            {
                appender.Append(Entry(appender.Size));
            }

            foreach (var file in appender.Drain())
            {
                await store.WriteAsync(file.Path, file.Content, CancellationToken.None);
            }
        }

        return (store, appender);
    }
}
