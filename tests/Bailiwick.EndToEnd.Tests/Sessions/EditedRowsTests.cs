using Bailiwick.EndToEnd.Tests.Silo;
using Bailiwick.Silo.Sessions;

namespace Bailiwick.EndToEnd.Tests.Sessions;

/// <summary>What whoever can write the tables gets out of the store by it: nothing under a lower label, and not more at once than it holds.</summary>
[Collection(SiteCollection.Name)]
[Trait("Category", "Sessions")]
public sealed class EditedRowsTests(SiteFixture site) : IAsyncLifetime
{
    private StoreOfTwo _both = null!;

    public async Task InitializeAsync() => _both = await StoreOfTwo.StartAsync(site);

    public async Task DisposeAsync() => await _both.DisposeAsync();

    [Fact]
    public async Task Turn_WhoseClassWasLowered_IsReadAndGoneOnWithAsItWasKept()
    {
        var id = await AnsweredAsync(StoreOfTwo.Keep(), StoreOfTwo.Reader("internal"));
        await ClassAsync("turns", id, "public");

        Assert.Equal("residency_denied", await ReadAsync(id, StoreOfTwo.Elsewhere));
        Assert.Equal("residency_denied", (await _both.Store.FindAsync(new Keeping { Id = id }, StoreOfTwo.Elsewhere, CancellationToken.None)).Refusal?.Row.Code);
        Assert.Equal("internal", (await _both.LabelAsync(id)).Class);
        Assert.Equal("internal", (await _both.LookAsync(StoreOfTwo.Keep(previous: id))).Before!.Label!.Class);
        // Whoever has it run again does so under its own class.
        Assert.Equal("internal", (await _both.LookAsync(StoreOfTwo.Keep(id: id, attempt: 2))).Before!.Label!.Class);
    }

    [Fact]
    public async Task Conversation_LoweredWithItsTurns_ShowsAndLeadsToNothing()
    {
        var conversation = await _both.ConversationAsync();
        var keep = StoreOfTwo.Keep(conversation);
        var id = await AnsweredAsync(keep, StoreOfTwo.Reader("internal"));
        await ClassAsync("turns", id, "public");
        await ClassAsync("conversations", conversation, "public");

        Assert.Equal("residency_denied", (await ListAsync(conversation, StoreOfTwo.Elsewhere)).Refusal?.Row.Code);
        Assert.Equal(id, Assert.Single((await ListAsync(conversation, StoreOfTwo.Reader())).Value!.Turns).Id);
        var (before, _) = await _both.LookAsync(keep);
        Assert.Equal("residency_denied", (await _both.BeginAsync(keep, before!, StoreOfTwo.Reader())).Refusal?.Row.Code);
    }

    [Fact]
    public async Task Turn_WhoseClassWasRaised_IsReadAsTheTableSays()
    {
        var id = await AnsweredAsync(StoreOfTwo.Keep(), StoreOfTwo.Reader());
        Assert.Null(await ReadAsync(id, StoreOfTwo.Elsewhere));

        await ClassAsync("turns", id, "internal");

        Assert.Equal("residency_denied", await ReadAsync(id, StoreOfTwo.Elsewhere));
        Assert.Equal("internal", (await _both.LabelAsync(id)).Class);
    }

    [Fact]
    public async Task Page_OfLongTurns_EndsBehindTheOneThatIsTooMuch()
    {
        var conversation = await _both.ConversationAsync();
        var ids = new List<string>();
        for (var turn = 0; turn < 4; turn++)
        {
            ids.Add(await AnsweredAsync(StoreOfTwo.Keep(conversation) with { Request = new byte[TurnTable.MostOfPage * 2 / 3] }, StoreOfTwo.Reader()));
        }

        var first = (await ListAsync(conversation, StoreOfTwo.Reader())).Value!;
        var rest = (await ListAsync(conversation, StoreOfTwo.Reader(), after: ids[1])).Value!;
        var none = (await ListAsync(conversation, StoreOfTwo.Reader(), after: ids[3])).Value!;

        Assert.Equal(ids[..2], first.Turns.Select(turn => turn.Id));
        Assert.True(first.HasMore);
        Assert.Equal(ids[2..], rest.Turns.Select(turn => turn.Id));
        Assert.Equal((0, false), (none.Turns.Count, none.HasMore));
        // What is no page is whole.
        Assert.Equal(ids, (await _both.Turns.HistoryAsync(conversation, "", CancellationToken.None)).Select(row => row.Id));
    }

    [Fact]
    public async Task History_LongerThanItsBound_IsRefusedWithoutBeingRead()
    {
        var conversation = await _both.ConversationAsync();
        var ids = new List<string>();
        for (var turn = 0; turn < 3; turn++)
        {
            ids.Add(await AnsweredAsync(StoreOfTwo.Keep(conversation), StoreOfTwo.Reader()));
        }

        foreach (var id in ids)
        {
            await using var fill = site.Owner.CreateCommand("UPDATE turns SET request = convert_to(repeat('x', $2), 'UTF8') WHERE id = $1");
            fill.Parameters.AddWithValue(id);
            fill.Parameters.AddWithValue(TurnTable.MostOfHistory);
            await fill.ExecuteNonQueryAsync();
        }

        var (inPlace, chained) = (StoreOfTwo.Keep(conversation), StoreOfTwo.Keep(previous: ids[2]));
        var (before, _) = await _both.LookAsync(inPlace);

        Assert.Equal("too_large", (await _both.BeginAsync(inPlace, before!, StoreOfTwo.Reader())).Refusal?.Row.Code);
        Assert.Equal("too_large", (await _both.BeginAsync(chained, before!, StoreOfTwo.Reader())).Refusal?.Row.Code);
        Assert.Equal([ids[0]], (await _both.Turns.HistoryAsync(conversation, "", CancellationToken.None)).Select(row => row.Id));
    }

    private async Task<string> AnsweredAsync(Keeping keep, SessionReader reader)
    {
        var id = SessionIds.NewTurn();
        await StoreOfTwo.AnswerAsync(await _both.BegunAsync(keep with { Id = id }, reader));
        return id;
    }

    private async Task<string?> ReadAsync(string id, SessionReader reader) =>
        (await _both.Conversations.TurnAsync(id, reader, CancellationToken.None)).Refusal?.Row.Code;

    private Task<Kept<TurnPage>> ListAsync(string conversation, SessionReader reader, string? after = null) =>
        _both.Conversations.TurnsAsync(conversation, new SessionPage(after, 100), reader, CancellationToken.None);

    private async Task ClassAsync(string table, string id, string kind)
    {
        await using var command = site.Owner.CreateCommand($"UPDATE {table} SET class = $2 WHERE id = $1");
        command.Parameters.AddWithValue(id);
        command.Parameters.AddWithValue(kind);
        Assert.Equal(1, await command.ExecuteNonQueryAsync());
    }
}
