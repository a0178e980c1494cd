namespace Bailiwick.Silo.Sessions;

/// <summary>Seals every row anew whose seal is of an older key, so that the older key can be destroyed. May run beside silos, and again.</summary>
internal sealed class Resealing(TurnTable turns, ConversationTable conversations, SessionVault vault)
{
    /// <returns>Rows sealed anew, and rows whose old seal does not open or that changed meanwhile: run it again, or restore the key.</returns>
    public async Task<(int Done, int Left)> RunAsync(CancellationToken cancellationToken)
    {
        var (done, left, after) = (0, 0, "");
        while (await turns.AfterAsync(after, cancellationToken) is { Count: > 0 } page)
        {
            foreach (var row in page)
            {
                Count(await ResealAsync(row, cancellationToken), ref done, ref left);
            }

            after = page[^1].Id;
        }

        after = "";
        while (await conversations.AfterAsync(after, cancellationToken) is { Count: > 0 } page)
        {
            foreach (var row in page)
            {
                Count(await ResealAsync(row, cancellationToken), ref done, ref left);
            }

            after = page[^1].Id;
        }

        return (done, left);
    }

    /// <returns>Null where it is of the newest key already.</returns>
    private async Task<bool?> ResealAsync(TurnRow row, CancellationToken cancellationToken)
    {
        var (tenant, stale) = (row.Label.Tenant!, vault.IsStale(row.Request) || (row.Answer is { } old && vault.IsStale(old)));
        if (!stale)
        {
            return null;
        }

        var request = vault.Renewed(row.Request, new SealedPlace(SealedPlace.Request, row.Id, tenant));
        var answer = row.Answer is { } value ? vault.Renewed(value, new SealedPlace(SealedPlace.Answer, row.Id, tenant)) : null;
        return request is not null && (row.Answer is null || answer is not null)
            && await turns.ResealAsync(row, request, answer, cancellationToken);
    }

    private async Task<bool?> ResealAsync(ConversationRow row, CancellationToken cancellationToken) =>
        !vault.IsStale(row.Metadata) ? null
        : vault.Renewed(row.Metadata, new SealedPlace(SealedPlace.Metadata, row.Id, row.Label.Tenant!)) is { } metadata
            && await conversations.ResealAsync(row, metadata, cancellationToken);

    private static void Count(bool? sealedAnew, ref int done, ref int left)
    {
        done += sealedAnew is true ? 1 : 0;
        left += sealedAnew is false ? 1 : 0;
    }
}
