using System.Diagnostics;
using Bailiwick.Evidence;

namespace Bailiwick.Tests.Evidence;

public sealed class PackTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(256)]
    [InlineData(700)]
    public async Task Pack_Untouched_IsVerifiedWithoutFinding(int leaves)
    {
        var pack = await SamplePack.CreateAsync(leaves, leaves);
        var report = await pack.VerifyAsync(pack.Folder);
        Assert.Empty(report.Faults);
        Assert.Empty(report.Findings);
        Assert.Equal(leaves, report.Kinds.Values.Sum());
    }

    [Fact]
    public async Task Pack_OfTheSameContent_HasTheSameBytes()
    {
        var first = await SamplePack.CreateAsync(3, 300, 100);
        var second = await SamplePack.CreateAsync(3, 300, 100);
        Assert.Equal(first.Folder.Files.Keys, second.Folder.Files.Keys);
        Assert.All(first.Folder.Files, file => Assert.Equal(file.Value, second.Folder.Files[file.Key]));
    }

    [Fact]
    public async Task Pack_ItsConsistencyAndCheckpoint_AreARequestThatAWitnessTakes()
    {
        var pack = await SamplePack.CreateAsync(4, 300, 100);
        using var key = SampleLog.Signer("witness.example/w2", SignatureType.Ed25519Cosignature);
        using var log = SamplePack.LogKey();
        var state = WitnessState.Empty.WithKey(log.Key);
        var first = new AddCheckpointRequest(0, [], pack.Folder.Files[PackNames.PreviousCheckpoint]);
        (var answer, state) = Witness.Exchange(state, first.ToBytes(), [key], DateTimeOffset.UnixEpoch);
        Assert.Equal(200, answer.Status);
        byte[] second = [.. pack.Folder.Files[PackNames.Consistency], .. pack.Folder.Files[PackNames.Checkpoint]];
        (answer, state) = Witness.Exchange(state, second, [key], DateTimeOffset.UnixEpoch);
        Assert.Equal((200, 300UL), (answer.Status, state.HeadOf(SampleLog.Origin).Size));
    }

    [Fact]
    public async Task Pack_RewrittenByTheHolderOfTheLogKey_IsFoundByAKnownHeadOnly()
    {
        var honest = await SamplePack.CreateAsync(5, 300, 200);
        var rewritten = await SamplePack.CreateAsync(6, 300, 200);
        Assert.Empty((await rewritten.VerifyAsync(rewritten.Folder)).Faults);

        Assert.True(honest.Policy.TryOpen(honest.Checkpoints[200], out var known, out _));
        var report = await rewritten.VerifyAsync(rewritten.Folder, known.Checkpoint);
        Assert.Equal(FaultCode.Consistency, Assert.Single(report.Faults).Code);
        Assert.Empty((await honest.VerifyAsync(honest.Folder, known.Checkpoint)).Faults);
    }

    [Fact]
    public async Task Records_ThatContradictEachOther_AreFindingsAndNotFaults()
    {
        using var log = SamplePack.LogKey();
        var leaves = new SampleRecords(7).Take(50).ToList();
        var outcome = leaves.OfType<OutcomeLeaf>().First();
        leaves.Add(outcome with { Origin = outcome.Origin with { Silo = "silo-new", Previous = null } });
        leaves.Add(outcome with { Origin = outcome.Origin with { Silo = "silo-new", Previous = null }, Intent = default });
        var appender = new TileAppender();
        leaves.ForEach(leaf => appender.Append(leaf.ToBytes()));
        var store = new MemoryTileStore();
        foreach (var file in appender.Drain())
        {
            await store.WriteAsync(file.Path, file.Content, CancellationToken.None);
        }

        var note = new Checkpoint(SampleLog.Origin, appender.Size, appender.Root()).Sign([log], DateTimeOffset.UnixEpoch);
        var folder = new MemoryFolder();
        await new PackWriter(new PackContent(store, note.ToBytes(), default, [], []), folder, log).WriteAsync(CancellationToken.None);
        var report = await new PackVerifier(folder, TrustPolicy.Of([log.Key], [], 0)).VerifyAsync([], CancellationToken.None);
        Assert.Empty(report.Faults);
        Assert.Equal(
            ["line 51: a second outcome of one turn", "line 52: silo silo-new names another record before this one than the log holds", "line 52: an outcome whose intent is not above it"],
            report.Findings);
    }

    [Fact]
    public async Task Writer_LogThatIsNotItsCheckpoint_WritesNoManifest()
    {
        var pack = await SamplePack.CreateAsync(8, 300);
        using var log = SamplePack.LogKey();
        var lie = new Checkpoint(SampleLog.Origin, 300, TreeHasher.Leaf("x"u8)).Sign([log], DateTimeOffset.UnixEpoch);
        var folder = new MemoryFolder();
        var writer = new PackWriter(new PackContent(pack.Log, lie.ToBytes(), default, [], []), folder, log);
        await Assert.ThrowsAsync<EvidenceMissingException>(() => writer.WriteAsync(CancellationToken.None));
        Assert.DoesNotContain(PackNames.Manifest, folder.Files.Keys);
    }

    [Fact]
    public async Task Script_OnPacksUntouchedAndEdited_AgreesWithTheVerifier()
    {
        var pack = await SamplePack.CreateAsync(9, 700, 300);
        var (status, output) = await RunScriptAsync(pack.Folder);
        Assert.True(status == 0, output);
        Assert.Contains("cosigned by witness.example/w1", output, StringComparison.Ordinal);
        Assert.Contains("VERIFIED: 700 leaves of " + SampleLog.Origin, output, StringComparison.Ordinal);

        // One edit of each kind: its place must be in what the officer reads.
        var tamper = new Tamper(pack, seed: 21);
        foreach (var kind in Tamper.Kinds)
        {
            var edit = tamper.Edit(kind);
            (status, output) = await RunScriptAsync(edit.Folder);
            Assert.True(status == 1, $"{edit}: {output}");
            Assert.Contains("REFUSED " + edit.File, output, StringComparison.Ordinal);
        }
    }

    private static async Task<(int Status, string Output)> RunScriptAsync(MemoryFolder folder)
    {
        var path = Directory.CreateTempSubdirectory("bailiwick-pack-").FullName;
        try
        {
            folder.SaveTo(path);
            using var log = SamplePack.LogKey();
            using var witness = SampleLog.Signer("witness.example/w1", SignatureType.Ed25519Cosignature);

            // The script under test is ours, not the one in the pack, as an officer would do it.
            var script = Path.Combine(Repository.Root, "src", "Bailiwick.Evidence", "Packs", "verify.sh");
            var start = new ProcessStartInfo("bash", [script, "-d", path, log.Key.ToString(), witness.Key.ToString()]) { RedirectStandardOutput = true, RedirectStandardError = true };
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
            var error = await process.StandardError.ReadToEndAsync(CancellationToken.None);
            await process.WaitForExitAsync(CancellationToken.None);
            return (process.ExitCode, await output + error);
        }
        finally
        {
            Directory.Delete(path, recursive: true);
        }
    }
}
