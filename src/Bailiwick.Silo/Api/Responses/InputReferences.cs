using Bailiwick.Protocol;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Sessions;

namespace Bailiwick.Silo.Api.Responses;

/// <summary>Puts items of stored answers in the place of references to them. AI SDK names what it got so.</summary>
internal sealed class InputReferences(IConversations conversations)
{
    /// <summary>The items without references, or the first reference that names nothing.</summary>
    public async Task<(IReadOnlyList<InputItem> Items, Refusal? Refusal)> ResolveAsync(
        IReadOnlyList<InputItem> items, SessionReader reader, CancellationToken cancellationToken)
    {
        if (!items.Any(item => item is ReferenceItem))
        {
            return (items, null);
        }

        var resolved = new List<InputItem>();
        var known = new Dictionary<string, IReadOnlyList<ResponseItem>>(StringComparer.Ordinal);
        foreach (var item in items)
        {
            if (item is not ReferenceItem reference)
            {
                resolved.Add(item);
                continue;
            }

            var (found, refusal) = await FindAsync(reference, known, reader, cancellationToken);
            if (found is null)
            {
                return ([], refusal);
            }

            resolved.Add(found);
        }

        return (resolved, null);
    }

    private async Task<(InputItem? Item, Refusal? Refusal)> FindAsync(
        ReferenceItem reference, Dictionary<string, IReadOnlyList<ResponseItem>> known, SessionReader reader, CancellationToken cancellationToken)
    {
        var nothing = new Refusal(Errors.NotFound, $"{reference.Field} names no item that is kept.") { Field = reference.Field };
        if (ResponseIds.OfItem(reference.Item) is not var (response, index))
        {
            return (null, nothing);
        }

        if (!known.TryGetValue(response, out var answer))
        {
            var kept = await conversations.TurnAsync(response, reader, cancellationToken);
            if (kept.Value is not { } turn)
            {
                return (null, kept.Refusal!.Row == Errors.NotFound ? nothing : kept.Refusal);
            }

            known[response] = answer = StoredResponse.Of(turn)?.Answer()?.Items ?? [];
        }

        return index < answer.Count && answer[index].Id == reference.Item ? (answer[index].ToInput(), null) : (null, nothing);
    }
}
