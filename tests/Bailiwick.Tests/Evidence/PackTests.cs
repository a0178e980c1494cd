using System.Text;
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
    public async Task Appender_ResumedOverADamagedEntryBundle_RefusesToCopyIt()
    {
        var (store, _) = await SampleLog.BuildAsync(300);
        var path = new TilePath(TilePath.Entries, 1, 300 % TilePath.FullWidth);
        var bundle = (await store.ReadAsync(path, CancellationToken.None))!.Value.ToArray();
        bundle[5] ^= 1;
        var damaged = new MemoryTileStore();
        foreach (var tile in TileLayout.Tiles(300))
        {
            await damaged.WriteAsync(tile, (await store.ReadAsync(tile, CancellationToken.None))!.Value, CancellationToken.None);
        }

        await damaged.WriteAsync(path, bundle, CancellationToken.None);
        var missing = await Assert.ThrowsAsync<EvidenceMissingException>(() => TileAppender.ResumeAsync(damaged, 300, CancellationToken.None));
        Assert.Equal((FaultCode.BundleEntries, path.ToString()), (missing.Fault.Code, missing.Fault.Place));
        var resumed = await TileAppender.ResumeAsync(store, 300, CancellationToken.None);
        Assert.Equal(300UL, resumed.Size);
    }

    [Fact]
    public async Task Verifier_OneLineDropped_NamesItsPlaceOnce()
    {
        var pack = await SamplePack.CreateAsync(12, 300);
        var folder = pack.Folder.Copy();
        var lines = Encoding.ASCII.GetString(folder.Files[PackNames.Events]).Split('\n');
        folder.Files[PackNames.Events] = Encoding.ASCII.GetBytes(string.Join('\n', lines.Where((_, line) => line != 41)));
        var report = await pack.VerifyAsync(folder);
        var named = report.Faults.Where(fault => fault.Place!.StartsWith("events.jsonl, line", StringComparison.Ordinal)).ToList();
        Assert.Equal("events.jsonl, line 42: is not leaf 41 of the signed tree, nor are the lines up to 299 theirs", Assert.Single(named).ToString());
    }

    [Fact]
    public async Task Verifier_OneFileMissing_SaysSoOnce()
    {
        var pack = await SamplePack.CreateAsync(12, 70);
        foreach (var name in new[] { PackNames.Events, PackNames.Checkpoint })
        {
            var folder = pack.Folder.Copy();
            folder.Files.Remove(name);
            Assert.Equal($"{name}: is missing", Assert.Single((await pack.VerifyAsync(folder)).Faults, fault => fault.Place == name).ToString());
        }
    }

    [Fact]
    public void LineRuns_OfAStrangeFile_KeepABoundedNumber()
    {
        var runs = new LineRuns();
        for (var line = 1UL; line <= 2000; line += 2)
        {
            runs.Add(line);
        }

        Assert.Equal((PackReport.MaxKept, 1000UL, 1000UL - PackReport.MaxKept), (runs.Runs.Count, runs.Lines, runs.Unnamed));
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
}
