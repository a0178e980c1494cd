namespace Bailiwick.Text.Templates.Values;

/// <summary>The one mutable container: what <c>namespace()</c> gives and <c>set ns.name = ...</c> writes.</summary>
internal sealed class NamespaceValue : Value
{
    private readonly Dictionary<string, Value> _attributes = new(StringComparer.Ordinal);

    public override string TypeName => "Namespace";

    public Value? Get(string name) => _attributes.GetValueOrDefault(name);

    public void Set(string name, Value value) => _attributes[name] = value;
}
