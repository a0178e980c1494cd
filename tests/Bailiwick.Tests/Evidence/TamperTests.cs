using System.Collections.Concurrent;

namespace Bailiwick.Tests.Evidence;

/// <summary>
/// Edits of a pack of 5,000 leaves, each found and named; untouched packs, none of them accused. A fifth of them in
/// every run (half a minute); all 2,000 and 500 with BAILIWICK_FULL=1 (a few minutes).
/// </summary>
[Trait("Category", "Tamper")]
public sealed class TamperTests
{
    private const int Leaves = 5000;

    private static readonly int Share = Environment.GetEnvironmentVariable("BAILIWICK_FULL") == "1" ? 1 : 5;
    private static readonly int Edits = 2000 / Share;
    private static readonly int Untouched = 500 / Share;

    [Fact]
    public async Task Verifier_SeededEdits_RefusesEachAndNamesItsPlace()
    {
        var pack = await SamplePack.CreateAsync(1, Leaves, 1, 256, 1000, 4000);
        var tamper = new Tamper(pack, seed: 2026);
        var edits = Enumerable.Range(0, Edits).Select(i => tamper.Edit(Tamper.Kinds[i % Tamper.Kinds.Count]));
        var missed = new ConcurrentBag<string>();
        var kinds = new ConcurrentDictionary<string, int>();
        await Parallel.ForEachAsync(edits, async (edit, _) =>
        {
            var report = await pack.VerifyAsync(edit.Folder);
            kinds.AddOrUpdate(edit.Kind, 1, (_, count) => count + 1);
            if (report.IsVerified || !report.Faults.Any(fault => Names(fault.Place, edit.File)))
            {
                missed.Add($"{edit}: {string.Join("; ", report.Faults.Take(4))}");
            }
        });
        Assert.Empty(missed);
        Assert.Equal(Tamper.Kinds.Order(), kinds.Keys.Order());
        Assert.Equal(Edits, kinds.Values.Sum());
    }

    [Fact]
    public async Task Verifier_UntouchedPacks_RaisesNoAlarm()
    {
        var alarms = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(Enumerable.Range(0, Untouched), async (seed, _) =>
        {
            var leaves = 1 + (seed * 37 % 1100);
            ulong[] earlier = seed % 3 == 0 && leaves > 2 ? [(ulong)leaves / 2] : [];
            var pack = await SamplePack.CreateAsync(seed, leaves, earlier);
            var report = await pack.VerifyAsync(pack.Folder);
            if (!report.IsVerified || report.FindingCount > 0)
            {
                alarms.Add($"seed {seed}, {leaves} leaves: {string.Join("; ", report.Faults)} {string.Join("; ", report.Findings)}");
            }
        });
        Assert.Empty(alarms);
    }

    /// <summary>The same place, or a closer one: a line of the file, a line of the note.</summary>
    private static bool Names(string? place, string file) =>
        place == file || place?.StartsWith(file + ", ", StringComparison.Ordinal) == true;
}
