using System.Diagnostics;
using Bailiwick.EndToEnd.Tests.Silo;
using Bailiwick.Evidence;
using Bailiwick.Silo.Audit;

namespace Bailiwick.EndToEnd.Tests.Audit;

/// <summary>PostgreSQL is stopped while records are written: what was promised is kept, nothing waits, nothing is there twice.</summary>
[Collection(AuditCollection.Name)]
[Trait("Category", "Audit")]
public sealed class OutageTests(AuditSite audit)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly CancellationToken Never = CancellationToken.None;

    [Theory]
    [InlineData("fast")]
    [InlineData("immediate")]
    public async Task Server_StoppedDuringWrites_LosesNothingAndRepeatsNothing(string mode)
    {
        var folder = await audit.BeginAsync();
        var intake = await audit.StartIntakeAsync(folder);
        var turns = new Turns(intake);
        using var done = new CancellationTokenSource();
        var workers = Enumerable.Range(0, 32).Select(_ => Task.Run(() => turns.RunAsync(done.Token))).ToList();
        for (var outage = 0; outage < 2; outage++)
        {
            var before = turns.Closed;
            await Condition.HoldsAsync("turns before the outage", Patience, _ => Task.FromResult((turns.Closed > before + 200, $"{turns.Closed}")));
            await StopAsync(mode);
            await Condition.HoldsAsync("the intake to say that it is away", Patience, _ => Task.FromResult((!intake.IsAvailable, "available")));
            var watch = Stopwatch.StartNew();
            Assert.Null(await intake.WriteAsync(origin => Leaves.Intent(origin, "t-refused"), Never));
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(3), $"refused after {watch.Elapsed}");
            // Whoever had an intent ends now, into the spool.
            await Condition.HoldsAsync("running turns to end", Patience, _ => Task.FromResult((turns.Open == 0, $"{turns.Open} open")));
            await audit.StartAsync();
            await Condition.HoldsAsync("recovery", Patience, _ => Task.FromResult((intake.IsAvailable, string.Join('\n', audit.Lines.All))));
        }

        await done.CancelAsync();
        await Task.WhenAll(workers);
        await intake.StopAsync(Never);

        Assert.True(turns.Longest < TimeSpan.FromSeconds(10), $"a write took {turns.Longest}");
        Assert.Equal(0L, new FileInfo(Path.Combine(folder, "local-1-n1", "spool", "records")).Length);
        Assert.Empty(await turns.MissingAsync(audit));
        // One outcome for each intent, also for those whose caller was told that there is none.
        Assert.Equal(0L, await audit.AskAsync<long>(
            "SELECT count(*) FROM records i WHERE kind = 'intent' AND (SELECT count(*) FROM records o WHERE o.intent = i.hash AND o.kind = 'outcome') <> 1"));
        await AssertChainAsync(folder);
    }

    [Fact]
    public async Task Outcome_WhileTheServerIsAway_SurvivesTheProcess()
    {
        var folder = await audit.BeginAsync();
        var intake = await audit.StartIntakeAsync(folder);
        var intents = await Task.WhenAll(Enumerable.Range(0, 5).Select(turn =>
            intake.WriteAsync(origin => Leaves.Intent(origin, $"t-{turn}"), Never).AsTask()));
        await StopAsync("fast");
        var outcomes = await Task.WhenAll(intents.Select(intent =>
            intake.CloseAsync(intent!.Value, origin => Leaves.Outcome(origin, intent.Value), Never).AsTask()));
        Assert.DoesNotContain(null, outcomes);
        Assert.False(intake.IsAvailable);
        await intake.StopAsync(Never);

        // The same silo again, the server still away: it starts, refuses, and keeps what it has.
        var again = await audit.StartIntakeAsync(folder);
        Assert.False(again.IsAvailable);
        await audit.StartAsync();
        await Condition.HoldsAsync("recovery", Patience, _ => Task.FromResult((again.IsAvailable, string.Join('\n', audit.Lines.All))));
        Assert.NotNull(await again.WriteAsync(origin => Leaves.Intent(origin, "t-after"), Never));
        await again.StopAsync(Never);

        await using var reader = new EvidenceReader(audit.Site.Connection("auditor"));
        foreach (var outcome in outcomes)
        {
            Assert.NotNull(await reader.FindAsync(outcome!.Value, Never));
        }

        Assert.Equal(11L, await audit.AskAsync<long>("SELECT count(*) FROM records"));
        await AssertChainAsync(folder, open: 1);
    }

    [Fact]
    public async Task Outcome_OfASiloThatWasGivenUp_ComesOutOfItsSpoolAsNews()
    {
        var folder = await audit.BeginAsync();
        var intake = await audit.StartIntakeAsync(folder);
        var intents = new List<TreeHash>();
        for (var turn = 0; turn < 3; turn++)
        {
            intents.Add((await intake.WriteAsync(origin => Leaves.Intent(origin, $"t-{turn}"), Never))!.Value);
        }

        await StopAsync("fast");
        foreach (var intent in intents)
        {
            Assert.NotNull(await intake.CloseAsync(intent, origin => Leaves.Outcome(origin, intent), Never));
        }

        await intake.StopAsync(Never);
        await audit.StartAsync();
        // Another silo's reaper closes the one in the middle; a second reaper that does so too says nothing new.
        var (given, reapers) = (intents[1], new[] { await audit.StartIntakeAsync(folder, "local-1/n2"), await audit.StartIntakeAsync(folder, "local-1/n3") });
        var standing = new List<TreeHash?>();
        foreach (var reaper in reapers)
        {
            standing.Add(await reaper.CloseAsync(given, origin => new OutcomeLeaf(origin, given, Finish.Unknown, null, null, null, null), Never));
            await reaper.StopAsync(Never);
        }

        var again = await audit.StartIntakeAsync(folder);
        Assert.True(again.IsAvailable);
        Assert.NotNull(await again.WriteAsync(origin => Leaves.Intent(origin, "t-after"), Never));
        await again.StopAsync(Never);

        Assert.Equal(standing[0]!.Value, Assert.Single(standing.Distinct()));
        Assert.Equal(
            "t-1 stop spool",
            await audit.AskAsync<string>("""
                SELECT string_agg(concat_ws(' ', i.leaf ->> 'turn', a.leaf ->> 'finish', a.leaf ->> 'cause'), ',')
                FROM (SELECT intent, convert_from(leaf, 'UTF8')::jsonb AS leaf FROM records WHERE kind = 'amended') a
                JOIN (SELECT hash, convert_from(leaf, 'UTF8')::jsonb AS leaf FROM records WHERE kind = 'intent') i ON i.hash = a.intent
                """));
        await AssertChainAsync(folder, open: 1);
    }

    [Fact]
    public async Task Server_ThatStandsStill_IsGivenUpWithinThreeSeconds()
    {
        var folder = await audit.BeginAsync();
        var intake = await audit.StartIntakeAsync(folder);
        var intent = (await intake.WriteAsync(origin => Leaves.Intent(origin, "t-1"), Never))!.Value;
        var processes = await ProcessesAsync();
        await SignalAsync("-STOP", processes);
        var watch = Stopwatch.StartNew();
        try
        {
            Assert.Null(await intake.WriteAsync(origin => Leaves.Intent(origin, "t-2"), Never));
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(3), $"refused after {watch.Elapsed}");
            Assert.NotNull(await intake.CloseAsync(intent, origin => Leaves.Outcome(origin, intent), Never));
        }
        finally
        {
            await SignalAsync("-CONT", processes);
        }

        await Condition.HoldsAsync("recovery", Patience, _ => Task.FromResult((intake.IsAvailable, string.Join('\n', audit.Lines.All))));
        await intake.StopAsync(Never);
        // The intent that may have been committed was completed, and its outcome says that nothing ran.
        Assert.Equal(2L, await audit.AskAsync<long>("SELECT count(*) FROM records WHERE kind = 'intent'"));
        Assert.Equal(2L, await audit.AskAsync<long>("SELECT count(DISTINCT intent) FROM records WHERE kind = 'outcome'"));
        await AssertChainAsync(folder);
    }

    private async Task StopAsync(string mode)
    {
        if (mode == "fast")
        {
            await audit.Site.ClusterAsync("stop");
            return;
        }

        // As a power cut would: no farewell, recovery at the next start.
        await SignalAsync("-QUIT", [await PostmasterAsync()]);
        await Condition.HoldsAsync("PostgreSQL to end", Patience, _ =>
            Task.FromResult((!File.Exists(audit.Site.At("data", "postmaster.pid")), "postmaster.pid is there")));
    }

    private async Task<string> PostmasterAsync() => (await File.ReadAllLinesAsync(audit.Site.At("data", "postmaster.pid")))[0];

    private async Task<string[]> ProcessesAsync()
    {
        var postmaster = await PostmasterAsync();
        var (_, children, _) = await Executable.RunAsync("pgrep", "-P", postmaster);
        return [postmaster, .. children.Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }

    private static Task SignalAsync(string signal, string[] processes) => Executable.RunAsync("kill", [signal, .. processes]);

    /// <summary>The pack says nothing against the cluster: chains without gap, outcomes behind their intents.</summary>
    private async Task AssertChainAsync(string folder, long open = 0)
    {
        var sequencer = audit.Sequencer(folder);
        while (await sequencer.RunOnceAsync(Never))
        {
            Assert.False(sequencer.IsFrozen);
        }

        await using var reader = new EvidenceReader(audit.Site.Connection("auditor"));
        var report = await Packs.VerifyAsync(audit, folder, reader);
        Assert.True(report.IsVerified, string.Join('\n', report.Faults));
        Assert.True(report.FindingCount == 0, string.Join('\n', report.Findings));
        Assert.Equal(open, report.OpenIntents);
    }

    /// <summary>Turns, one after the other, by many workers: an intent, then its outcome.</summary>
    private sealed class Turns(Intake intake)
    {
        private readonly System.Collections.Concurrent.ConcurrentBag<TreeHash> _promised = [];
        private long _longest;
        private int _number;
        private int _open;
        private int _closed;

        public int Closed => Volatile.Read(ref _closed);

        public int Open => Volatile.Read(ref _open);

        public TimeSpan Longest => TimeSpan.FromTicks(Interlocked.Read(ref _longest));

        public async Task RunAsync(CancellationToken stop)
        {
            while (!stop.IsCancellationRequested)
            {
                var turn = $"t-{Interlocked.Increment(ref _number)}";
                var intent = await TimedAsync(() => intake.WriteAsync(origin => Leaves.Intent(origin, turn), Never));
                if (intent is not { } hash)
                {
                    await Task.Yield();
                    continue;
                }

                Interlocked.Increment(ref _open);
                _promised.Add(hash);
                _promised.Add((await TimedAsync(() => intake.CloseAsync(hash, origin => Leaves.Outcome(origin, hash), Never)))!.Value);
                Interlocked.Decrement(ref _open);
                Interlocked.Increment(ref _closed);
            }
        }

        /// <summary>Hashes that a caller was given and that are not stored.</summary>
        public async Task<List<string>> MissingAsync(AuditSite audit)
        {
            await using var command = audit.Site.Owner.CreateCommand("SELECT hash FROM records");
            await using var reader = await command.ExecuteReaderAsync();
            var stored = new HashSet<TreeHash>();
            while (await reader.ReadAsync())
            {
                Assert.True(stored.Add(TreeHash.From(reader.GetFieldValue<byte[]>(0))));
            }

            return [.. _promised.Where(hash => !stored.Contains(hash)).Select(hash => hash.ToHex())];
        }

        private async Task<TreeHash?> TimedAsync(Func<ValueTask<TreeHash?>> write)
        {
            var watch = Stopwatch.StartNew();
            var hash = await write();
            var ticks = watch.Elapsed.Ticks;
            for (var longest = Interlocked.Read(ref _longest); ticks > longest; longest = Interlocked.Read(ref _longest))
            {
                Interlocked.CompareExchange(ref _longest, ticks, longest);
            }

            return hash;
        }
    }
}
