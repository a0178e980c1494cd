using Bailiwick.Protocol;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.Auth;

/// <summary>Asks the same two lists that let callers in: the usable keys, and who is revoked. A list that cannot be read lets nobody go on.</summary>
internal sealed class CallerStanding(IKeyring keyring, Func<RevokedCallers?> revoked) : ICallerStanding
{
    private static readonly Refusal Ended = new(Errors.Unauthenticated, "The credential of this request was revoked or is over.");

    public Refusal? Fault(Caller caller)
    {
        for (var at = 0; at < caller.Proofs.Count; at++)
        {
            if (!Stands(caller.Proofs[at]))
            {
                return Ended;
            }
        }

        return null;
    }

    private bool Stands(string proof) =>
        proof.StartsWith(KeySecret.IdPrefix, StringComparison.Ordinal) ? keyring.Knows(proof) : revoked() is { } list && !list.Contains(proof);
}
