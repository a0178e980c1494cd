using Bailiwick.Residency;
using Bailiwick.Residency.Decisions;
using Bailiwick.Silo.Policy;
using Bailiwick.Silo.Sessions;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.Responses;

/// <summary>
/// OpenAI keeps unless told not to, and clients count on it; here policy has the last word. Where it forbids the store, a request that
/// names `store` is refused by the turn itself, and one that does not is answered without being kept.
/// </summary>
internal sealed class StoreRule(IPolicyBoard policy, ISessionStore store) : IStoreRule
{
    public bool KeepsByDefault(RequestedLabel? raise, Caller caller)
    {
        if (store.Place is not { } place || !policy.TryGet(out var guard, out _))
        {
            return false;
        }

        var label = LabelAlgebra.Raise(guard.Snapshot.Vocabulary, caller.Label, raise).Label ?? caller.Label;
        return SessionAccess.Decide(guard.Snapshot, new LabelPair(label, caller.Label), DestinationKind.SessionStore, place).Refusal is null;
    }
}
