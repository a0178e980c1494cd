using System.Security.Cryptography;
using System.Text;
using Bailiwick.EndToEnd.Tests.Silo;
using Bailiwick.Silo.Sessions;

namespace Bailiwick.EndToEnd.Tests.Sessions;

/// <summary>How long an idempotency key names what was begun under it.</summary>
[Collection(SiteCollection.Name)]
[Trait("Category", "Sessions")]
public sealed class KeyLifeTests(SiteFixture site) : IAsyncLifetime
{
    private StoreOfTwo _both = null!;

    public async Task InitializeAsync() => _both = await StoreOfTwo.StartAsync(site);

    public async Task DisposeAsync() => await _both.DisposeAsync();

    [Theory]
    [InlineData(23, true)]
    [InlineData(25, false)]
    public async Task Conversation_UnderItsKeyAfterSomeHours_IsTheSameWithinADay(int hours, bool isSame)
    {
        var key = Key("one");
        var first = await BeginAsync(key);
        await ChangeAsync($"UPDATE conversations SET created = created - interval '{hours} hours' WHERE id = $1", first);

        var second = await BeginAsync(key);

        Assert.Equal(isSame, first == second);
        Assert.Equal(second, await BeginAsync(key));
    }

    [Fact]
    public async Task Conversation_OverItsTime_LeavesItsKeyToANewOne()
    {
        var key = Key("one");
        var first = await BeginAsync(key);
        await ChangeAsync("UPDATE conversations SET expires = now() WHERE id = $1", first);

        Assert.NotEqual(first, await BeginAsync(key));
    }

    [Theory]
    [InlineData(23, true)]
    [InlineData(25, false)]
    public async Task Turn_UnderItsKeyAfterSomeHours_IsTheSameWithinADay(int hours, bool isSame)
    {
        var key = Key("one");
        var (id, keep) = (SessionIds.NewTurn(), StoreOfTwo.Keep() with { Idempotency = key });
        await StoreOfTwo.AnswerAsync(await _both.BegunAsync(keep with { Id = id }, StoreOfTwo.Reader()));
        await ChangeAsync($"UPDATE turns SET idempotent = idempotent - interval '{hours} hours' WHERE id = $1", id);

        var found = (await _both.Store.FindAsync(keep, StoreOfTwo.Reader(), CancellationToken.None)).Value!.Turn;
        var (before, _) = await _both.LookAsync(keep);
        var second = await _both.BeginAsync(keep, before!, StoreOfTwo.Reader());

        Assert.Equal((isSame ? id : null, isSame ? "busy" : null), (found?.Id, second.Refusal?.Row.Code));
        if (second.Value is { } hold)
        {
            await StoreOfTwo.AnswerAsync(hold);
        }
    }

    private async Task<string> BeginAsync(IdempotencyKey key)
    {
        var begun = await _both.Conversations.CreateAsync(new NewConversation(null, new Dictionary<string, string>(), key), StoreOfTwo.Reader(), CancellationToken.None);
        return begun.Value?.Id ?? throw new InvalidOperationException(begun.Refusal!.Sentence);
    }

    private static IdempotencyKey Key(string body) => new(Guid.NewGuid().ToString("N"), SHA256.HashData(Encoding.UTF8.GetBytes(body)));

    private async Task ChangeAsync(string statement, string id)
    {
        await using var command = site.Owner.CreateCommand(statement);
        command.Parameters.AddWithValue(id);
        Assert.Equal(1, await command.ExecuteNonQueryAsync());
    }
}
