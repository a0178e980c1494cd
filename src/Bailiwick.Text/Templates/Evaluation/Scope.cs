using Bailiwick.Text.Templates.Values;

namespace Bailiwick.Text.Templates.Evaluation;

/// <summary>The variables of one block; what it lacks is looked for in the block around it. Mutable.</summary>
internal sealed class Scope(Scope? parent)
{
    private Dictionary<string, Value>? _variables;

    public Value? Find(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Parent)
        {
            if (scope._variables is { } variables && variables.TryGetValue(name, out var value))
            {
                return value;
            }
        }

        return null;
    }

    public void Set(string name, Value value) => (_variables ??= new(StringComparer.Ordinal))[name] = value;

    private Scope? Parent { get; } = parent;
}
