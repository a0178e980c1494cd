namespace Bailiwick.Residency.Loading;

/// <summary>
/// What the readers of one file share: its faults, and the ids that its vocabulary declares. Readers go on after a
/// fault, so that one run reports them all; what they return then is only good for finding more faults.
/// </summary>
internal sealed class Reading
{
    private const int LongestMessage = 400;

    public List<PolicyFault> Faults { get; } = [];

    /// <summary>Ids as declared, well formed or not; null where the list itself is missing, so that uses are not reported.</summary>
    public HashSet<string>? Jurisdictions { get; set; }

    public HashSet<string>? Classes { get; set; }

    public HashSet<string>? Zones { get; set; }

    public HashSet<string>? Purposes { get; set; }

    public HashSet<string>? Tenants { get; set; }

    /// <summary>Messages quote the file; one that quotes a huge value is cut.</summary>
    public void Report(string code, string path, YamlNode at, string message) => Faults.Add(new PolicyFault(
        code, path, at.Line, message.Length <= LongestMessage ? message : message[..LongestMessage] + "…"));

    /// <summary>Text, or null and a fault.</summary>
    public string? Text(YamlNode node, string path)
    {
        if (node is YamlText text)
        {
            return text.Value;
        }

        Report(FaultCodes.SchemaType, path, node, $"Text is asked here, this is {node.Shape}.");
        return null;
    }

    /// <summary>Text that is not blank, or null and a fault.</summary>
    public string? Sentence(YamlNode node, string path)
    {
        if (Text(node, path) is not { } text || !string.IsNullOrWhiteSpace(text))
        {
            return (node as YamlText)?.Value;
        }

        Report(FaultCodes.SchemaValue, path, node, "A text that is not blank is asked here.");
        return null;
    }

    /// <summary>A time in UTC, or null and a fault.</summary>
    public DateTimeOffset? Time(YamlNode node, string path)
    {
        if (Text(node, path) is not { } text)
        {
            return null;
        }

        if (UtcTime.TryParse(text, out var time))
        {
            return time;
        }

        Report(FaultCodes.SchemaValue, path, node, $"'{text}' is not a time in UTC as 2026-01-31T00:00:00Z.");
        return null;
    }

    /// <summary>A list with at least one entry, or null and a fault.</summary>
    public YamlList? List(YamlNode node, string path)
    {
        switch (node)
        {
            case YamlList { Items.Count: > 0 } list:
                return list;
            case YamlList:
                Report(FaultCodes.EmptyList, path, node, "The list is empty; it would match nothing.");
                return null;
            default:
                Report(FaultCodes.SchemaType, path, node, $"A list is asked here, this is {node.Shape}.");
                return null;
        }
    }

    /// <summary>One of the words given, or null and a fault.</summary>
    public string? OneOf(YamlNode node, string path, IEnumerable<string> words)
    {
        if (Text(node, path) is not { } text)
        {
            return null;
        }

        if (words.Contains(text, StringComparer.Ordinal))
        {
            return text;
        }

        Report(FaultCodes.SchemaValue, path, node, $"'{text}' is none of: {string.Join(", ", words)}.");
        return null;
    }

    /// <summary>An id that is declared here, well formed and not reserved; faulty ids are returned all the same.</summary>
    public string? NewId(YamlNode node, string path, HashSet<string> taken)
    {
        if (Text(node, path) is not { } id)
        {
            return null;
        }

        if (!Identifiers.IsId(id))
        {
            Report(FaultCodes.SchemaValue, path, node, $"'{id}' is not an id: {Identifiers.Rule}.");
        }
        else if (Identifiers.IsReserved(id))
        {
            Report(FaultCodes.ReservedId, path, node, $"'{id}' is a word of the language and cannot be an id.");
        }

        if (!taken.Add(id))
        {
            Report(FaultCodes.DuplicateId, path, node, $"'{id}' is declared twice.");
        }

        return id;
    }

    /// <summary>An id that refers to a declared one. A list that is missing is one fault of its own, not one per use.</summary>
    public string? Reference(YamlNode node, string path, HashSet<string>? declared, string what)
    {
        if (Text(node, path) is not { } id)
        {
            return null;
        }

        if (declared is not null && !declared.Contains(id))
        {
            Report(FaultCodes.UnknownReference, path, node, $"'{id}' is not a {what} that the vocabulary declares.");
        }

        return id;
    }
}
