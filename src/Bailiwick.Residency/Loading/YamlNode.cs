namespace Bailiwick.Residency.Loading;

/// <summary>YAML as the failsafe schema knows it: text, lists, maps. No types are guessed.</summary>
internal abstract record YamlNode(long Line)
{
    /// <summary>For messages: "a list".</summary>
    public abstract string Shape { get; }
}

internal sealed record YamlText(string Value, long Line) : YamlNode(Line)
{
    public override string Shape => "text";
}

internal sealed record YamlList(IReadOnlyList<YamlNode> Items, long Line) : YamlNode(Line)
{
    public override string Shape => "a list";
}

/// <summary>Keys are different text, in the order of the file.</summary>
internal sealed record YamlMap(IReadOnlyDictionary<string, YamlNode> Fields, long Line) : YamlNode(Line)
{
    public override string Shape => "a map";
}
