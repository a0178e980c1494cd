using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Sessions;

namespace Bailiwick.Tests.Silo.Api;

/// <summary>What is kept, in a list; it sees who read.</summary>
internal sealed class ScriptedConversations : IConversations
{
    public List<Conversation> All { get; } = [];

    public List<StoredTurn> Turns { get; } = [];

    public SessionReader? Reader { get; private set; }

    public string? Ground { get; private set; }

    /// <summary>Under which the last one was begun.</summary>
    public IdempotencyKey? Key { get; private set; }

    public Task<Kept<Conversation>> CreateAsync(NewConversation asked, SessionReader reader, CancellationToken cancellationToken)
    {
        Key = asked.Key;
        var label = asked.Raise?.Fields.TryGetValue("class", out var raised) is true ? reader.Label with { Class = raised } : reader.Label;
        var made = new Conversation(SessionIds.NewConversation(), reader.KeyId, label, asked.Metadata, DateTimeOffset.UnixEpoch);
        All.Insert(0, made);
        return Task.FromResult((Kept<Conversation>)made);
    }

    public Task<Kept<Conversation>> FindAsync(string id, SessionReader reader, CancellationToken cancellationToken)
    {
        Reader = reader;
        return Task.FromResult(All.Find(one => one.Id == id) is { } found ? found : (Kept<Conversation>)SessionRefusals.NoConversation);
    }

    public Task<Kept<IReadOnlyList<Conversation>>> ListAsync(SessionPage page, SessionReader reader, CancellationToken cancellationToken) =>
        Task.FromResult(new Kept<IReadOnlyList<Conversation>>([.. After(All, page.After, one => one.Id).Take(page.Limit)], null));

    /// <summary>Turns that one page holds, whatever was asked for.</summary>
    public int MostOfPage { get; set; } = int.MaxValue;

    public Task<Kept<TurnPage>> TurnsAsync(string conversation, SessionPage page, SessionReader reader, CancellationToken cancellationToken)
    {
        if (!All.Exists(one => one.Id == conversation))
        {
            return Task.FromResult((Kept<TurnPage>)SessionRefusals.NoConversation);
        }

        var rest = After(page.NewestFirst ? Turns.AsEnumerable().Reverse() : Turns, page.After, one => one.Id).ToList();
        List<StoredTurn> shown = [.. rest.Take(Math.Min(page.Limit, MostOfPage))];
        return Task.FromResult((Kept<TurnPage>)new TurnPage(shown, shown.Count < rest.Count));
    }

    public Task<Kept<StoredTurn>> TurnAsync(string id, SessionReader reader, CancellationToken cancellationToken) =>
        Task.FromResult(Turns.Find(one => one.Id == id || one.Turn == id) is { } found ? found : (Kept<StoredTurn>)SessionRefusals.NoTurn);

    public string? Cancelled { get; private set; }

    public Task<Refusal?> CancelAsync(string turn, SessionReader reader, CancellationToken cancellationToken)
    {
        Cancelled = turn;
        return Task.FromResult<Refusal?>(null);
    }

    public Task<Kept<Erasure>> EraseAsync(string id, string ground, SessionReader reader, CancellationToken cancellationToken)
    {
        Ground = ground;
        if (Turns.RemoveAll(one => one.Id == id) > 0)
        {
            return Task.FromResult((Kept<Erasure>)new Erasure(1));
        }

        return Task.FromResult(All.RemoveAll(one => one.Id == id) > 0 ? new Erasure(Turns.Count) : (Kept<Erasure>)SessionRefusals.NoConversation);
    }

    private static IEnumerable<T> After<T>(IEnumerable<T> all, string? after, Func<T, string> id) =>
        after is null ? all : all.SkipWhile(one => id(one) != after).Skip(1);
}
