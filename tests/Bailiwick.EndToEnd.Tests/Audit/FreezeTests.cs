using Bailiwick.Evidence;
using Bailiwick.Silo.Audit;

namespace Bailiwick.EndToEnd.Tests.Audit;

/// <summary>A log that contradicts what was signed is not signed again.</summary>
[Collection(AuditCollection.Name)]
[Trait("Category", "Audit")]
public sealed class FreezeTests(AuditSite audit)
{
    private static readonly CancellationToken Never = CancellationToken.None;

    [Fact]
    public async Task Database_RestoredToAnEarlierState_FreezesTheLog()
    {
        var folder = await audit.BeginAsync();
        await SignAsync(folder, 10);
        await audit.ExecuteAsync("CREATE TABLE saved AS SELECT * FROM head");
        await SignAsync(folder, 10);
        await RestoreAsync(before: 10);
        var sequencer = audit.Sequencer(folder);
        await sequencer.RunOnceAsync(Never);

        Assert.True(sequencer.IsFrozen);
        Assert.Contains("restored", sequencer.FrozenBecause, StringComparison.Ordinal);
        Assert.Contains(audit.Lines.All, line => line.StartsWith("Critical: The log is frozen", StringComparison.Ordinal));
        await AssertUntouchedAsync(folder, 20, 10);
    }

    [Fact]
    public async Task Database_RestoredAndGrownToAnotherTree_FreezesTheLog()
    {
        var folder = await audit.BeginAsync();
        await SignAsync(folder, 10);
        await audit.ExecuteAsync("CREATE TABLE saved AS SELECT * FROM head");
        await SignAsync(folder, 10);
        await RestoreAsync(before: 10);
        // A gateway that knows nothing of what was signed: it makes other leaves 10 to 24.
        await SignAsync(folder + "-other", 15);
        var sequencer = audit.Sequencer(folder);
        await sequencer.RunOnceAsync(Never);

        Assert.Contains("does not continue", sequencer.FrozenBecause, StringComparison.Ordinal);
        await AssertUntouchedAsync(folder, 20, 25);
    }

    [Fact]
    public async Task Head_WithAnotherRootThanTheTiles_FreezesTheLog()
    {
        var folder = await audit.BeginAsync();
        await SignAsync(folder, 10);
        await audit.ExecuteAsync("UPDATE head SET root = sha256('other')");
        var sequencer = audit.Sequencer(folder);
        await sequencer.RunOnceAsync(Never);
        Assert.True(sequencer.IsFrozen);
        await AssertUntouchedAsync(folder, 10, 10);
    }

    [Fact]
    public async Task PublishedFile_ThatAnotherLogSigned_FreezesTheLog()
    {
        var folder = await audit.BeginAsync();
        await SignAsync(folder, 3);
        using var other = SigningKey.Generate("other.example/log", SignatureType.Ed25519);
        var foreign = new Checkpoint("other.example/log", 0, TreeHasher.EmptyRoot).Sign([other], DateTimeOffset.UnixEpoch);
        await File.WriteAllBytesAsync(Path.Combine(folder, "published", "checkpoint"), foreign.ToBytes());
        var sequencer = audit.Sequencer(folder);
        await sequencer.RunOnceAsync(Never);
        Assert.Contains("is not this log's", sequencer.FrozenBecause, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gateway_ThatIsNew_TakesUpTheLogAndSaysThatItHadNothingToCompare()
    {
        var folder = await audit.BeginAsync();
        await SignAsync(folder, 10);
        await SignAsync(folder + "-new", 5);
        Assert.Contains(audit.Lines.All, line => line.Contains("No checkpoint was published here before", StringComparison.Ordinal));
        Assert.Equal(15UL, await PublishedAsync(folder + "-new"));
    }

    [Theory]
    [InlineData("fsync")]
    [InlineData("full_page_writes")]
    [InlineData("synchronous_commit")]
    public async Task Server_ThatDoesNotKeepWhatItConfirms_IsRefused(string setting)
    {
        var folder = await audit.BeginAsync();
        await SignAsync(folder, 2);
        var settings = audit.Site.At("data", "postgresql.conf");
        var before = await File.ReadAllTextAsync(settings);
        try
        {
            await File.AppendAllTextAsync(settings, $"{setting} = off\n");
            await audit.RestartAsync();
            var sequencer = audit.Sequencer(folder);
            await sequencer.RunOnceAsync(Never);
            var intake = await audit.StartIntakeAsync(folder);
            var (isFrozen, isAvailable) = (sequencer.IsFrozen, intake.IsAvailable);
            await intake.StopAsync(Never);
            // The session's own setting, which both make for themselves, is on whatever the server's default says.
            var expected = setting != "synchronous_commit";
            Assert.Equal((expected, !expected), (isFrozen, isAvailable));
            if (expected)
            {
                Assert.Contains(setting, sequencer.FrozenBecause, StringComparison.Ordinal);
            }
        }
        finally
        {
            await File.WriteAllTextAsync(settings, before);
            await audit.RestartAsync();
        }
    }

    private async Task SignAsync(string folder, int count)
    {
        var intake = await audit.StartIntakeAsync(folder);
        Assert.DoesNotContain(null, await Task.WhenAll(Enumerable.Range(0, count).Select(turn =>
            intake.WriteAsync(origin => Leaves.Intent(origin, $"t-{turn}"), Never).AsTask())));
        await intake.StopAsync(Never);
        var sequencer = audit.Sequencer(folder);
        await sequencer.RunOnceAsync(Never);
        Assert.Null(sequencer.FrozenBecause);
    }

    /// <summary>What a backup of that moment would bring back.</summary>
    private Task RestoreAsync(int before) => audit.ExecuteAsync($"""
        DELETE FROM positions WHERE leaf_index >= {before};
        DELETE FROM records WHERE id > (SELECT record FROM saved);
        DELETE FROM checkpoints WHERE size > {before};
        DELETE FROM head;
        INSERT INTO head SELECT * FROM saved;
        DROP TABLE saved;
        """);

    private async Task AssertUntouchedAsync(string folder, ulong published, long signed)
    {
        Assert.Equal(published, await PublishedAsync(folder));
        Assert.Equal(signed, await audit.AskAsync<long>("SELECT max(size) FROM checkpoints"));
    }

    private async Task<ulong> PublishedAsync(string folder)
    {
        var note = await File.ReadAllBytesAsync(Path.Combine(folder, "published", "checkpoint"));
        return audit.Trust.TryOpen(note, out var trusted, out var fault) ? trusted.Checkpoint.Size : throw new InvalidOperationException(fault.ToString());
    }
}
