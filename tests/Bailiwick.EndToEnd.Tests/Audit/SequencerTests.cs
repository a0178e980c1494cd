using System.Security.Cryptography;
using Bailiwick.EndToEnd.Tests.Silo;
using Bailiwick.Evidence;
using Bailiwick.Silo.Audit;
using Npgsql;

namespace Bailiwick.EndToEnd.Tests.Audit;

/// <summary>Every durable record comes into the tree once, in the order of the snapshot horizon; what is signed continues what was signed.</summary>
[Collection(AuditCollection.Name)]
[Trait("Category", "Audit")]
public sealed class SequencerTests(AuditSite audit)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly CancellationToken Never = CancellationToken.None;

    [Fact]
    public async Task Records_OfManySilosAndALateTransaction_AreEachSequencedOnceInOrder()
    {
        const int Silos = 8;
        const int Each = 150;
        var folder = await audit.BeginAsync();
        var sequencer = audit.Sequencer(folder);
        await sequencer.StartAsync(Never);
        await using var late = await OpenLateAsync("local-1/late");
        var intakes = await Task.WhenAll(Enumerable.Range(0, Silos).Select(silo => audit.StartIntakeAsync(folder, $"local-1/n{silo}")));
        var hashes = await Task.WhenAll(
            from silo in Enumerable.Range(0, Silos)
            from turn in Enumerable.Range(0, Each)
            select intakes[silo].WriteAsync(origin => Leaves.Intent(origin, $"t-{silo}-{turn}"), Never).AsTask());
        Assert.DoesNotContain(null, hashes);

        // Its identity is older than all of theirs and its transaction still runs: none of them may be placed before it.
        await Condition.HoldsAsync("the sequencer to see that they wait", Patience, _ =>
            Task.FromResult((sequencer.LagRecords == Silos * Each, $"{sequencer.LagRecords} records behind")));
        Assert.Equal(0L, await audit.AskAsync<long>("SELECT size FROM head"));
        await late.Transaction.CommitAsync(Never);

        await SequencedAsync((Silos * Each) + 1, sequencer);
        Array.ForEach(intakes, intake => intake.StopAsync(Never).GetAwaiter().GetResult());
        await sequencer.StopAsync(Never);

        await AssertTreeAsync(folder, (Silos * Each) + 1);
        Assert.Equal(0L, await audit.AskAsync<long>(
            "SELECT leaf_index FROM positions JOIN records ON records.id = record WHERE silo = 'local-1/late'"));
    }

    [Fact]
    public async Task TwoSequencers_AtOnce_MakeOneTree()
    {
        const int Count = 3000;
        var folder = await audit.BeginAsync();
        // One shares its folder with another, one has its own: gateways of one machine, and of two.
        Sequencer[] sequencers = [audit.Sequencer(folder), audit.Sequencer(folder), audit.Sequencer(folder + "-b")];
        using var done = new CancellationTokenSource();
        var loops = sequencers.Select(sequencer => Task.Run(async () =>
        {
            // Faster than their timer, so that they collide.
            while (!done.IsCancellationRequested)
            {
                await sequencer.RunOnceAsync(Never);
            }
        })).ToList();
        var intake = await audit.StartIntakeAsync(folder);
        for (var turn = 0; turn < Count; turn += 100)
        {
            var from = turn;
            await Task.WhenAll(Enumerable.Range(from, 100).Select(number =>
                intake.WriteAsync(origin => Leaves.Intent(origin, $"t-{number}"), Never).AsTask()));
        }

        await SequencedAsync(Count, sequencers);
        await done.CancelAsync();
        await Task.WhenAll(loops);
        await intake.StopAsync(Never);

        var frozen = string.Concat(sequencers.Select(sequencer => sequencer.FrozenBecause));
        Assert.True(frozen.Length == 0, frozen);
        await AssertTreeAsync(folder, Count);
        Assert.Equal(0L, await audit.AskAsync<long>("SELECT count(*) FROM tiles WHERE path LIKE '%.p/%'"));
    }

    [Fact]
    public async Task Checkpoints_OfEverySizeSigned_AreContinuedByTheLast()
    {
        var folder = await audit.BeginAsync();
        var sequencer = audit.Sequencer(folder);
        var intake = await audit.StartIntakeAsync(folder);
        var sizes = new Random(7);
        for (var round = 0; round < 40; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, sizes.Next(1, 40)).Select(turn =>
                intake.WriteAsync(origin => Leaves.Intent(origin, $"t-{round}-{turn}"), Never).AsTask()));
            await sequencer.RunOnceAsync(Never);
        }

        await intake.StopAsync(Never);
        Assert.Null(sequencer.FrozenBecause);
        var heads = await CheckpointsAsync();
        Assert.InRange(heads.Count, 40, 41);
        await using var source = audit.Login("auditor");
        var proofs = new ProofBuilder(new TileNodes(new PgTileStore(source), heads[^1].Size));
        foreach (var head in heads)
        {
            var path = await proofs.ConsistencyAsync(head.Size, heads[^1].Size, Never);
            Assert.True(ConsistencyProof.Verify(head.Size, heads[^1].Size, head.Root, heads[^1].Root, [.. path]), $"size {head.Size}");
            // An old size reads its unfinished tiles out of today's.
            Assert.Equal(head.Root, await new ProofBuilder(new TileNodes(new PgTileStore(source), head.Size)).RootAsync(head.Size, Never));
        }
    }

    [Fact]
    public async Task Head_CommittedByAProcessThatEndedBeforeItSigned_IsSignedByTheNext()
    {
        var folder = await audit.BeginAsync();
        var intake = await audit.StartIntakeAsync(folder);
        await Task.WhenAll(Enumerable.Range(0, 300).Select(turn =>
            intake.WriteAsync(origin => Leaves.Intent(origin, $"t-{turn}"), Never).AsTask()));
        await intake.StopAsync(Never);
        await using (var source = audit.Login("sequencer"))
        {
            await new TreeWriter(source, new PgTileStore(source)).AppendAsync(Never);
        }

        Assert.Empty(await CheckpointsAsync());
        var sequencer = audit.Sequencer(folder);
        await sequencer.RunOnceAsync(Never);
        await AssertTreeAsync(folder, 300);
        Assert.Equal(0L, sequencer.LagRecords);
    }

    [Fact]
    public async Task Proof_OfEachRecord_VerifiesAgainstTheSignedTree()
    {
        var folder = await audit.BeginAsync();
        var sequencer = audit.Sequencer(folder);
        var intake = await audit.StartIntakeAsync(folder);
        await using var reader = new EvidenceReader(audit.Site.Connection("auditor"));
        var hashes = await Task.WhenAll(Enumerable.Range(0, 300).Select(turn =>
            intake.WriteAsync(origin => Leaves.Intent(origin, $"t-{turn}", $"tenant-{turn % 3}"), Never).AsTask()));
        var outcome = (await intake.CloseAsync(hashes[4]!.Value, origin => Leaves.Outcome(origin, hashes[4]!.Value), Never))!.Value;
        await intake.StopAsync(Never);
        Assert.Null((await reader.FindAsync(outcome, Never))!.Index);
        await sequencer.RunOnceAsync(Never);

        foreach (var hash in hashes.Append(outcome))
        {
            var found = (await reader.FindAsync(hash!.Value, Never))!;
            Assert.True(TlogProof.TryParse(await reader.ProofAsync(found.Index!.Value, Never), out var proof, out var fault), fault?.ToString());
            Assert.Null(proof.Verify(TreeHasher.Leaf(found.Leaf), audit.Trust, out var trusted));
            Assert.Equal(301UL, trusted!.Checkpoint.Size);
        }

        Assert.Equal("tenant-1", (await reader.FindAsync(outcome, Never))!.Tenant);
        Assert.Null(await reader.FindAsync(TreeHash.From(SHA256.HashData([1])), Never));
        Assert.Null(await reader.ProofAsync(301, Never));
    }

    private async Task SequencedAsync(long count, params Sequencer[] sequencers) =>
        await Condition.HoldsAsync($"{count} records sequenced and signed", Patience, async _ =>
        {
            var signed = await audit.AskAsync<long>("SELECT coalesce(max(size), 0) FROM checkpoints");
            return (signed == count, $"{signed} signed, {string.Join(", ", sequencers.Select(one => one.FrozenBecause ?? "runs"))}");
        });

    /// <summary>The tree is over exactly the stored records in the order of transaction and identity, and the signed root is its root.</summary>
    private async Task AssertTreeAsync(string folder, int count)
    {
        Assert.Equal((long)count, await audit.AskAsync<long>("SELECT count(*) FROM records"));
        Assert.Equal((long)count, await audit.AskAsync<long>("SELECT count(*) FROM positions"));
        Assert.Equal(0L, await audit.AskAsync<long>("""
            SELECT count(*) FROM (SELECT leaf_index, row_number() OVER (ORDER BY xid, id) - 1 AS place
            FROM records LEFT JOIN positions ON record = records.id) AS placed WHERE leaf_index IS DISTINCT FROM place
            """));
        await using var source = audit.Login("auditor");
        var head = (await CheckpointsAsync())[^1];
        Assert.Equal((ulong)count, head.Size);
        Assert.Empty(await new LogCheck(new PgTileStore(source), head).RunAsync(withBundles: true, Never));
        Assert.True(audit.Trust.TryOpen(await File.ReadAllBytesAsync(Path.Combine(folder, "published", "checkpoint")), out var published, out _));
        Assert.Equal(head.Root, published.Checkpoint.Root);
    }

    private async Task<List<Checkpoint>> CheckpointsAsync()
    {
        await using var command = audit.Site.Owner.CreateCommand("SELECT note FROM checkpoints ORDER BY size");
        await using var reader = await command.ExecuteReaderAsync();
        var heads = new List<Checkpoint>();
        while (await reader.ReadAsync())
        {
            Assert.True(audit.Trust.TryOpen(reader.GetFieldValue<byte[]>(0), out var trusted, out var fault), fault?.ToString());
            heads.Add(trusted.Checkpoint);
        }

        return heads;
    }

    /// <summary>A record whose transaction has begun and not ended.</summary>
    private async Task<Late> OpenLateAsync(string silo)
    {
        var source = audit.Login("intake");
        var connection = await source.OpenConnectionAsync(Never);
        var transaction = await connection.BeginTransactionAsync(Never);
        var record = AuditRecord.Of(Leaves.Deny(new LeafOrigin(DateTimeOffset.UnixEpoch, silo, null), "t-late"));
        await using var command = new NpgsqlCommand("INSERT INTO records (kind, silo, leaf, hash) VALUES ('deny', $1, $2, $3)", connection, transaction);
        command.Parameters.AddWithValue(silo);
        command.Parameters.AddWithValue(record.Bytes);
        command.Parameters.AddWithValue(record.Hash.AsSpan().ToArray());
        await command.ExecuteNonQueryAsync(Never);
        return new Late(source, connection, transaction);
    }

    private sealed record Late(NpgsqlDataSource Source, NpgsqlConnection Connection, NpgsqlTransaction Transaction) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Transaction.DisposeAsync();
            await Connection.DisposeAsync();
            await Source.DisposeAsync();
        }
    }
}
