using Bailiwick.Residency.Requests;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Policy;
using Bailiwick.Silo.Shards;

namespace Bailiwick.Silo.Turns;

/// <summary>
/// A model is offered where the caller's own label could run on one of its nodes: what a turn would be refused for, nobody is shown.
/// One without nodes yet is offered, since nothing is decided about it. Looking is no turn: no record.
/// </summary>
internal sealed class OfferedModels(IShards shards, IPolicyBoard policy, Boundary boundary) : IOfferedModels
{
    public (IReadOnlyList<ServedModel> Models, Refusal? Refusal) For(Caller caller) => policy.TryGet(out var guard, out var stale)
        ? ([.. shards.Current.Models.Where(model => MaySee(guard, caller, model))], null)
        : ([], stale);

    public (ServedModel? Model, Refusal? Refusal) Find(string reference, Caller caller)
    {
        if (!policy.TryGet(out var guard, out var stale))
        {
            return (null, stale);
        }

        var current = shards.Current;
        // The same words for one that is hidden: that it exists is not for this caller.
        return current.Find(reference) is { } model && MaySee(guard, caller, model) ? (model, null) : (null, current.NotFound);
    }

    private bool MaySee(Guard guard, Caller caller, ServedModel model) =>
        model.Replicas.Count == 0 || Gate.Decide(guard, boundary, model.Name, raise: null, caller, model).Refusal is null;
}
