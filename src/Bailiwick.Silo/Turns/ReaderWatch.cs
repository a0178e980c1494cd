using System.Runtime.CompilerServices;
using Bailiwick.Residency;
using Bailiwick.Residency.Requests;
using Bailiwick.Silo.Api.Auth;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Policy;
using Bailiwick.Silo.Sessions;

namespace Bailiwick.Silo.Turns;

/// <summary>
/// Events of a kept turn on their way to a reader, who need not be who asked and may sit elsewhere: before each of them, whether the
/// reader may go on and whether policy still lets it read. What the turn's own checks say is about its caller.
/// </summary>
internal sealed class ReaderWatch(ICallerStanding callers, IPolicyBoard policy)
{
    public async IAsyncEnumerable<TurnEvent> OverAsync(
        IAsyncEnumerable<TurnEvent> events, Label kept, Caller reader, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (started, allowed) = (false, (Guard?)null);
        await foreach (var next in events.WithCancellation(cancellationToken))
        {
            if (Fault(kept, reader, ref allowed) is { } refusal)
            {
                yield return started ? new TurnFailed(refusal, null) : new TurnRefused(refusal);
                yield break;
            }

            started |= next is TurnStarted;
            yield return next;
        }
    }

    /// <param name="kept">Label of what is read.</param>
    /// <param name="reader">Who reads.</param>
    /// <param name="allowed">The policy that let it; decided again where another is in force.</param>
    private Refusal? Fault(Label kept, Caller reader, ref Guard? allowed)
    {
        if (callers.Fault(reader) is { } revoked)
        {
            return revoked;
        }

        if (!policy.TryGet(out var guard, out var stale))
        {
            return stale;
        }

        if (ReferenceEquals(guard, allowed))
        {
            return null;
        }

        allowed = guard;
        return SessionAccess.Read(guard.Snapshot, kept, reader.Reader);
    }
}
