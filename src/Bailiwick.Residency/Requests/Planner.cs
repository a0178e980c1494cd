using Bailiwick.Residency.Decisions;

namespace Bailiwick.Residency.Requests;

/// <summary>Makes the plan of one request: which destinations it needs, and whether it may reach them.</summary>
public static class Planner
{
    /// <summary>Pure: the same policy and facts give the same plan.</summary>
    public static RequestPlan Plan(PolicySnapshot snapshot, RequestFacts facts)
    {
        var raised = LabelAlgebra.Raise(snapshot.Vocabulary, facts.Credential, facts.Requested);
        return raised.Fault is Reason.None
            ? new Planning(snapshot, facts, new LabelPair(raised.Label, facts.Credential)).Plan()
            : new RefusedPlan(snapshot.Permit, "label", [new PlacedDecision(null, Decision.Of(raised.Fault))]);
    }

    /// <summary>One plan in the making.</summary>
    private sealed class Planning(PolicySnapshot snapshot, RequestFacts facts, LabelPair labels)
    {
        private readonly List<PlacedDecision> _allowed = [];
        private readonly List<PlacedDecision> _withheld = [];

        public RequestPlan Plan()
        {
            if (Need(DestinationKind.Caller, facts.Caller) is { } caller)
            {
                return caller;
            }

            // No candidate given counts as one that is not known.
            IReadOnlyList<Place?> candidates = facts.Silos.Count > 0 ? facts.Silos : [null];
            var decided = candidates.Select(place => Decide(DestinationKind.Silo, place)).ToList();
            var silos = AllowedThroughout(decided);
            if (silos.Count == 0)
            {
                return new RefusedPlan(snapshot.Permit, DestinationKind.Silo.Text(), decided);
            }

            var machines = decided.Where(d => silos.Contains(d.Destination!.Value.Zone!)).ToList();
            _allowed.AddRange(machines);
            if ((facts.StoresConversation ? Need(DestinationKind.SessionStore, facts.Store) : null) is { } store)
            {
                return store;
            }

            if ((facts.Tool is { } tool ? Need(DestinationKind.Tool, tool) : null) is { } refusedTool)
            {
                return refusedTool;
            }

            if ((facts.ExternalProvider is { } provider ? Need(DestinationKind.ExternalProvider, provider) : null) is { } refused)
            {
                return refused;
            }

            var caches = facts.PrefixCache ? Caches(silos, machines) : [];
            var auditText = facts.KeepsText && AllowsText();
            return new AdmittedPlan(
                snapshot.Permit, labels, silos, caches, auditText, _withheld,
                [.. _allowed.SelectMany(d => d.Decision.Obligations).Distinct()],
                [.. _allowed.Select(d => d.Destination!.Value).Distinct()]);
        }

        /// <summary>A destination without which there is no request: null if it is allowed.</summary>
        private RefusedPlan? Need(DestinationKind kind, Place? place)
        {
            var decided = Decide(kind, place);
            if (decided.Decision.Effect is Effect.Deny)
            {
                return new RefusedPlan(snapshot.Permit, kind.Text(), [decided]);
            }

            _allowed.Add(decided);
            return null;
        }

        private PlacedDecision Decide(DestinationKind kind, Place? place)
        {
            var destination = Destination.At(kind, place ?? default);
            return new PlacedDecision(destination, snapshot.Decide(labels, destination).ToDecision());
        }

        /// <summary>The prefix cache lies in its silo: same zone, same proof.</summary>
        private List<string> Caches(List<string> silos, List<PlacedDecision> machines)
        {
            var decided = machines
                .Select(m => new Place(m.Destination!.Value.Zone, m.Destination.Value.ProvenBy)).Distinct()
                .Select(place => Decide(DestinationKind.Cache, place))
                .OrderBy(d => silos.IndexOf(d.Destination!.Value.Zone!))
                .ToList();
            var zones = AllowedThroughout(decided);
            _allowed.AddRange(decided.Where(d => zones.Contains(d.Destination!.Value.Zone!)));
            _withheld.AddRange(decided.Where(d => d.Decision.Effect is Effect.Deny));
            return zones;
        }

        private bool AllowsText()
        {
            var decided = Decide(DestinationKind.AuditTextStore, facts.Store);
            var allowed = decided.Decision.Effect is Effect.Allow;
            (allowed ? _allowed : _withheld).Add(decided);
            return allowed;
        }

        /// <summary>Zones of which every entry is allowed, in the order given, each once.</summary>
        private static List<string> AllowedThroughout(List<PlacedDecision> decided) =>
            [.. decided.GroupBy(d => d.Destination!.Value.Zone)
                .Where(zone => zone.Key is not null && zone.All(d => d.Decision.Effect is Effect.Allow))
                .Select(zone => zone.Key!)];
    }
}
