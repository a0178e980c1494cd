namespace Bailiwick.Residency.Policies;

/// <summary>A jurisdiction as declared. Only the declared parent counts; the id is never taken apart.</summary>
public sealed record Jurisdiction(string Id, string Name, string? Parent);

/// <summary>
/// The forest of jurisdictions. `Within` is answered in constant time from the places at which a walk over the
/// forest enters and leaves a node, so that no square matrix is needed.
/// </summary>
public sealed class JurisdictionTree
{
    private readonly int[] _enter;
    private readonly int[] _leave;
    private readonly int[] _walk;

    /// <exception cref="ArgumentException">A parent is not declared, an id stands twice, or the parents form a cycle.</exception>
    public JurisdictionTree(IReadOnlyList<Jurisdiction> declared)
    {
        Declared = declared;
        Ids = new IdList(declared.Select(j => j.Id));
        _enter = new int[declared.Count];
        _leave = new int[declared.Count];
        _walk = new int[declared.Count];
        Walk();
    }

    /// <summary>In the order of declaration.</summary>
    public IReadOnlyList<Jurisdiction> Declared { get; }

    /// <summary>The same by their ids; a place in it names a node.</summary>
    public IdList Ids { get; }

    /// <summary>Whether j is a itself or lies below it.</summary>
    public bool Within(int j, int a) => _enter[a] <= _enter[j] && _enter[j] < _leave[a];

    /// <summary>Everything that lies within a, itself included.</summary>
    internal ReadOnlySpan<int> Subtree(int a) => _walk.AsSpan(_enter[a], _leave[a] - _enter[a]);

    private void Walk()
    {
        var children = new List<int>?[Declared.Count];
        var open = new Stack<(int Node, bool Leaving)>();
        for (var j = Declared.Count - 1; j >= 0; j--)
        {
            if (Declared[j].Parent is not { } parent)
            {
                open.Push((j, false));
                continue;
            }

            var place = Ids.IndexOf(parent);
            if (place < 0)
            {
                throw new ArgumentException($"The parent {parent} of {Declared[j].Id} is not declared.");
            }

            (children[place] ??= []).Add(j);
        }

        var time = 0;
        while (open.TryPop(out var step))
        {
            if (step.Leaving)
            {
                _leave[step.Node] = time;
                continue;
            }

            _walk[time] = step.Node;
            _enter[step.Node] = time++;
            open.Push((step.Node, true));
            foreach (var child in children[step.Node] ?? [])
            {
                open.Push((child, false));
            }
        }

        // What no root leads to hangs on itself.
        if (time != Declared.Count)
        {
            throw new ArgumentException("The parents of the jurisdictions form a cycle.");
        }
    }
}
