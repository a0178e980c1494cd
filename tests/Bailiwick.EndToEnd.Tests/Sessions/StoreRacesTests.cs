using System.Security.Cryptography;
using System.Text;
using Bailiwick.EndToEnd.Tests.Silo;
using Bailiwick.Silo.Sessions;

namespace Bailiwick.EndToEnd.Tests.Sessions;

/// <summary>Two gateways in the moments in which each believes to be alone: what the grain's lease lets by, the table does not.</summary>
[Collection(SiteCollection.Name)]
[Trait("Category", "Sessions")]
public sealed class StoreRacesTests(SiteFixture site) : IAsyncLifetime
{
    private StoreOfTwo _both = null!;

    public async Task InitializeAsync() => _both = await StoreOfTwo.StartAsync(site);

    public async Task DisposeAsync() => await _both.DisposeAsync();

    [Fact]
    public async Task LostTurn_RunAgainByTwoAtOnce_IsOneOfThemsToTheEnd()
    {
        var id = await LostAsync(StoreOfTwo.Keep());
        var again = StoreOfTwo.Keep(id: id, attempt: 2);

        await using var winner = await _both.BegunAsync(again, StoreOfTwo.Reader());
        var (before, _) = await _both.LookAsync(again);
        var loser = await _both.BeginAsync(again, before!, StoreOfTwo.Reader());

        Assert.Equal("busy", loser.Refusal?.Row.Code);
        // Longer than the winner's lease is renewed: who came second has taken nothing away.
        Assert.False(winner.Lost.WaitHandle.WaitOne(SessionGrain.Lease / 2));
        Assert.Null(await winner.EndAsync(new SessionEnd(TurnState.Completed, StoreOfTwo.Answer, null), CancellationToken.None));
    }

    [Fact]
    public async Task Conversation_WhoseClassRoseSinceItWasLookedAt_TakesNoTurnOfTheLowerOne()
    {
        var conversation = await _both.ConversationAsync();
        var keep = StoreOfTwo.Keep(conversation);
        var (before, _) = await _both.LookAsync(keep);
        await StoreOfTwo.AnswerAsync(await _both.BegunAsync(keep, StoreOfTwo.Reader("internal", "k-2")));
        Assert.Equal("internal", (await _both.LabelAsync(conversation)).Class);

        var late = await _both.BeginAsync(keep, before!, StoreOfTwo.Reader());

        Assert.Equal("busy", late.Refusal?.Row.Code);
        Assert.Equal("internal", (await _both.LabelAsync(conversation)).Class);
        // Asked again, it is let in under what the conversation has become.
        await StoreOfTwo.AnswerAsync(await _both.BegunAsync(keep, StoreOfTwo.Reader()));
        Assert.Equal("internal", (await _both.LabelAsync(conversation)).Class);
    }

    [Fact]
    public async Task Conversation_BegunAtOnceUnderOneKey_IsOne_AndAnotherRequestIsRefused()
    {
        var asked = Asked("order-1", "one");

        var made = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => BeginAsync(asked, StoreOfTwo.Reader())));

        var first = Assert.Single(made.Select(one => one.Value!.Id).Distinct());
        Assert.Equal("idempotency_key", (await BeginAsync(Asked("order-1", "two"), StoreOfTwo.Reader())).Refusal?.Row.Code);
        // The key is its credential's, and so is what was begun under it; without a key each is a new one.
        Assert.NotEqual(first, (await BeginAsync(asked, StoreOfTwo.Reader(id: "k-2"))).Value!.Id);
        Assert.NotEqual(first, (await BeginAsync(asked with { Key = null }, StoreOfTwo.Reader())).Value!.Id);
    }

    [Fact]
    public async Task Conversation_ErasedSinceItWasBegunUnderAKey_IsBegunAnew()
    {
        var asked = Asked("order-2", "one");
        var first = (await BeginAsync(asked, StoreOfTwo.Reader())).Value!.Id;
        Assert.NotNull((await _both.Conversations.EraseAsync(first, Erasure.ByCaller, StoreOfTwo.Reader(), CancellationToken.None)).Value);

        Assert.NotEqual(first, (await BeginAsync(asked, StoreOfTwo.Reader())).Value!.Id);
    }

    private Task<Kept<Conversation>> BeginAsync(NewConversation asked, SessionReader reader) =>
        _both.Conversations.CreateAsync(asked, reader, CancellationToken.None);

    private static NewConversation Asked(string key, string body) =>
        new(null, new Dictionary<string, string> { ["topic"] = "x" }, new IdempotencyKey(key, SHA256.HashData(Encoding.UTF8.GetBytes(body))));

    [Fact]
    public async Task LostTurn_RunAgainByAReaderBelowIt_WorksUnderItsOwnClass()
    {
        var id = await LostAsync(StoreOfTwo.Keep(), StoreOfTwo.Reader("internal"));

        var (before, _) = await _both.LookAsync(StoreOfTwo.Keep(id: id, attempt: 2));

        Assert.Equal("internal", before!.Label?.Class);
    }

    [Fact]
    public async Task LostTurn_RunAgainByAReaderAboveIt_IsOfTheHigherClassFromThenOn()
    {
        var id = await LostAsync(StoreOfTwo.Keep());

        await StoreOfTwo.AnswerAsync(await _both.BegunAsync(StoreOfTwo.Keep(id: id, attempt: 2), StoreOfTwo.Reader("internal", "k-2")));

        Assert.Equal("internal", (await _both.LabelAsync(id)).Class);
    }

    [Fact]
    public async Task LostTurn_OfAnotherTenant_IsNotRunAgain()
    {
        var id = await LostAsync(StoreOfTwo.Keep());

        var before = await _both.Store.BeforeAsync(StoreOfTwo.Keep(id: id, attempt: 2), "neighbour", CancellationToken.None);

        Assert.Equal("not_found", before.Refusal?.Row.Code);
    }

    [Fact]
    public async Task Previous_RemovedSinceItWasLookedAt_LeavesNoTurnWithoutItsHistory()
    {
        var first = SessionIds.NewResponse();
        await StoreOfTwo.AnswerAsync(await _both.BegunAsync(StoreOfTwo.Keep(id: first), StoreOfTwo.Reader()));
        var (next, id) = (StoreOfTwo.Keep(previous: first), SessionIds.NewResponse());
        var (before, _) = await _both.LookAsync(next);
        await _both.Conversations.EraseAsync(first, Erasure.ByCaller, StoreOfTwo.Reader(), CancellationToken.None);

        var begun = await _both.BeginAsync(next with { Id = id }, before!, StoreOfTwo.Reader());

        Assert.Equal("not_found", begun.Refusal?.Row.Code);
        Assert.Equal((TurnState.Failed, "not_found"), await StateAsync(id));
    }

    [Fact]
    public async Task Answer_WrittenTwice_SinceTheFirstTimeWasNotHeardOf_Stands()
    {
        var hold = await _both.BegunAsync(StoreOfTwo.Keep(), StoreOfTwo.Reader());
        var (id, sealedAnswer) = (await RunningAsync(), new byte[] { 1, 2, 3 });
        for (var time = 0; time < 2; time++)
        {
            Assert.True(await _both.Turns.EndAsync(id, 1, TurnState.Completed, sealedAnswer, null, TimeProvider.System.GetUtcNow(), CancellationToken.None));
        }

        Assert.False(await _both.Turns.EndAsync(id, 1, TurnState.Completed, [9], null, TimeProvider.System.GetUtcNow(), CancellationToken.None));
        await hold.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Turn_ThatWasCancelledMeanwhile_IsRunAgainForItsRequestAndForNoFollower(bool isSentAgain)
    {
        var id = SessionIds.NewTurn();
        await using (await _both.BegunAsync(StoreOfTwo.Keep(id: id), StoreOfTwo.Reader()))
        {
            Assert.Null(await _both.Conversations.CancelAsync(id, StoreOfTwo.Reader(), CancellationToken.None));
        }

        var row = (await _both.Turns.FindAsync(id, StoreOfTwo.Reader().Label.Tenant!, CancellationToken.None))! with
        {
            State = TurnState.Running, Attempt = 2, Idempotency = isSentAgain ? new byte[32] : null,
        };

        Assert.Equal(isSentAgain, await _both.Turns.BeginAsync(row, null, CancellationToken.None));
    }

    [Fact]
    public async Task Turn_Cancelled_LeavesTheOneAfterItAlone()
    {
        var conversation = await _both.ConversationAsync();
        var ended = SessionIds.NewTurn();
        await StoreOfTwo.AnswerAsync(await _both.BegunAsync(StoreOfTwo.Keep(conversation, id: ended), StoreOfTwo.Reader()));
        var next = await _both.BegunAsync(StoreOfTwo.Keep(conversation), StoreOfTwo.Reader());

        Assert.Null(await _both.Conversations.CancelAsync(ended, StoreOfTwo.Reader(), CancellationToken.None));
        Assert.Equal(1, (await _both.Conversations.EraseAsync(ended, Erasure.ByCaller, StoreOfTwo.Reader(), CancellationToken.None)).Value!.Turns);

        Assert.False(next.Lost.WaitHandle.WaitOne(SessionGrain.Lease / 2));
        await StoreOfTwo.AnswerAsync(next);
    }

    [Fact]
    public async Task Turn_RemovedWhileItRuns_IsLostWithinItsLease()
    {
        var id = SessionIds.NewTurn();
        await using var hold = await _both.BegunAsync(StoreOfTwo.Keep(id: id), StoreOfTwo.Reader());

        await _both.Conversations.EraseAsync(id, Erasure.ByCaller, StoreOfTwo.Reader(), CancellationToken.None);

        Assert.True(hold.Lost.WaitHandle.WaitOne(SessionGrain.Lease));
        Assert.Equal("cancelled", (await hold.EndAsync(new SessionEnd(TurnState.Completed, StoreOfTwo.Answer, null), CancellationToken.None))!.Row.Code);
    }

    [Fact]
    public async Task List_ForAReaderWhoMaySeeFewOfMany_ReadsThoseAlone()
    {
        var hidden = "tenant-" + Guid.NewGuid().ToString("N");
        await using var add = site.Owner.CreateCommand("""
            INSERT INTO conversations (id, tenant, owner, jurisdiction, class, purpose, metadata, created, expires)
            SELECT 'conv_' || md5($1 || n), 'office', 'k', 'local', 'public', 'another', '\x01', now(), now() + interval '1 day' FROM generate_series(1, 60000) AS n
            """);
        add.Parameters.AddWithValue(hidden);
        await add.ExecuteNonQueryAsync();
        var mine = await _both.ConversationAsync();

        // A statement for each hidden one would take many times this.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(8));
        var found = await _both.Conversations.ListAsync(new SessionPage(null, 1), StoreOfTwo.Reader(), patience.Token);
        var after = await _both.Conversations.ListAsync(new SessionPage(mine, 1), StoreOfTwo.Reader(), patience.Token);

        Assert.Equal(mine, Assert.Single(found.Value!).Id);
        Assert.All(after.Value!, one => Assert.Equal("service-provision", one.Label.Purpose));
    }

    /// <summary>A turn whose gateway has left without a word.</summary>
    private async Task<string> LostAsync(Keeping keep, SessionReader? reader = null)
    {
        var id = SessionIds.NewTurn();
        var hold = await _both.BegunAsync(keep with { Id = id }, reader ?? StoreOfTwo.Reader());
        await hold.DisposeAsync();
        return id;
    }

    private async Task<string> RunningAsync()
    {
        await using var command = site.Owner.CreateCommand("SELECT id FROM turns WHERE state = 'running' AND tenant = 'office' ORDER BY created DESC LIMIT 1");
        return (string)(await command.ExecuteScalarAsync())!;
    }

    private async Task<(TurnState State, string? Code)> StateAsync(string id)
    {
        var turn = (await _both.Conversations.TurnAsync(id, StoreOfTwo.Reader(), CancellationToken.None)).Value!;
        return (turn.State, turn.Code);
    }
}
