using System.Numerics;
using Bailiwick.Residency.Policies;

namespace Bailiwick.Residency.Decisions;

/// <summary>What one label met at one destination. A point with unknown values is only ever read by its reason.</summary>
internal readonly record struct Ruling(Point At, Effect Effect, Reason Reason);

/// <summary>
/// A decision before anyone asks why: the effect, and what is needed to name the rules. Rule ids are found again on
/// demand, which a pure decision permits, so that deciding allocates nothing.
/// </summary>
public readonly struct Verdict
{
    private readonly PolicySnapshot? _snapshot;
    private readonly Ruling _requested;
    private readonly Ruling? _credential;

    internal Verdict(PolicySnapshot snapshot, Ruling requested, Ruling? credential)
    {
        _snapshot = snapshot;
        _requested = requested;
        _credential = credential;
    }

    /// <summary>Deny for the default value.</summary>
    public Effect Effect =>
        _requested.Effect is Effect.Allow && (_credential?.Effect ?? Effect.Allow) is Effect.Allow
            ? Effect.Allow
            : Effect.Deny;

    /// <summary>False for the default value.</summary>
    public bool IsAllowed => Effect is Effect.Allow;

    /// <summary>Names rules, overridden rules and obligations. Allocates.</summary>
    /// <exception cref="InvalidOperationException">The verdict is a default value that no snapshot gave.</exception>
    public Decision ToDecision()
    {
        if (_snapshot is null)
        {
            throw new InvalidOperationException("This verdict was not given by a policy snapshot.");
        }

        List<Ruling> rulings = _credential is { } credential ? [_requested, credential] : [_requested];
        var allowed = IsAllowed;
        var rules = new List<string>();
        var overridden = new List<string>();
        var obligations = new List<Obligation>();
        foreach (var ruling in rulings)
        {
            var matching = Matching(ruling);
            foreach (var rule in matching.Where(r => r.Effect is Effect.Allow))
            {
                Once(allowed ? rules : overridden, rule.Id);
                rule.Obligations.Where(_ => allowed).ToList().ForEach(o => Once(obligations, o));
            }

            if (!allowed && ruling.Effect is Effect.Deny)
            {
                matching.Where(r => r.Effect is Effect.Deny).ToList().ForEach(r => Once(rules, r.Id));
                if (ruling.Reason is not Reason.None)
                {
                    Once(rules, ruling.Reason.Id());
                }
            }
        }

        return new Decision(Effect, rules, overridden, obligations, DeniedFor());
    }

    private List<Rule> Matching(in Ruling ruling)
    {
        var found = new List<Rule>();
        if (ruling.Reason is not Reason.None)
        {
            return found;
        }

        for (var w = 0; w < _snapshot!.Compiled.Index.Words; w++)
        {
            for (var left = _snapshot.Matching(w, ruling.At); left != 0; left &= left - 1)
            {
                found.Add(_snapshot.Compiled.Rules[(w * 64) + BitOperations.TrailingZeroCount(left)].Rule);
            }
        }

        return found;
    }

    private List<DeniedFor>? DeniedFor()
    {
        if (_credential is not { } credential)
        {
            return null;
        }

        var denied = new List<DeniedFor>();
        if (_requested.Effect is Effect.Deny)
        {
            denied.Add(Decisions.DeniedFor.Raised);
        }

        if (credential.Effect is Effect.Deny)
        {
            denied.Add(Decisions.DeniedFor.Credential);
        }

        return denied;
    }

    private static void Once<T>(List<T> list, T entry)
    {
        if (!list.Contains(entry))
        {
            list.Add(entry);
        }
    }
}
