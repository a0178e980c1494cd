using Bailiwick.Residency.Policies;

namespace Bailiwick.Residency.Loading;

/// <summary>Reads the conditions that rules, scopes and claims share.</summary>
internal sealed class ConditionReader(Reading reading)
{
    private const string Any = "any";

    public ClassCondition? Class(YamlNode node, string path)
    {
        switch (node)
        {
            case YamlText { Value: Any }:
                return new ClassCondition(ClassForm.Any, []);
            case YamlMap:
                return Choice(node, path, ["at_most", "at_least"]) is var (word, value, at)
                    ? new ClassCondition(word == "at_most" ? ClassForm.AtMost : ClassForm.AtLeast, [OneClass(value, at) ?? ""])
                    : null;
            default:
                return OneOrList(node, path, OneClass, unique: false) is { } ids
                    ? new ClassCondition(ClassForm.OneOf, ids)
                    : null;
        }
    }

    public IdCondition? Purpose(YamlNode node, string path) =>
        Ids(node, path, (n, p) => reading.Reference(n, p, reading.Purposes, "purpose"));

    public IdCondition? Tenant(YamlNode node, string path) =>
        Ids(node, path, (n, p) => reading.Reference(n, p, reading.Tenants, "tenant"));

    public IdCondition? Zone(YamlNode node, string path) =>
        Ids(node, path, (n, p) => reading.Reference(n, p, reading.Zones, "zone"));

    public IdCondition? Kind(YamlNode node, string path) =>
        Ids(node, path, (n, p) => reading.OneOf(n, p, DestinationKinds.Ids));

    /// <summary>A condition on what proves the zone, as claims have it.</summary>
    public IdCondition? ProvenBy(YamlNode node, string path) =>
        Ids(node, path, (n, p) => reading.OneOf(n, p, Proofs.Ids));

    /// <summary>Of a label or a scope: exactly or within.</summary>
    public JurisdictionCondition? LabelJurisdiction(YamlNode node, string path) => Jurisdiction(node, path, ofLabel: true);

    /// <summary>Of a destination's zone: also outside, and against the label.</summary>
    public JurisdictionCondition? PlaceJurisdiction(YamlNode node, string path) => Jurisdiction(node, path, ofLabel: false);

    public LabelConditions? Label(YamlNode node, string path) =>
        Fields.Open(reading, node, path, [], ["jurisdiction", "class", "purpose", "tenant"]) is { } fields
            ? new LabelConditions(
                fields.Read("jurisdiction", LabelJurisdiction),
                fields.Read("class", Class),
                fields.Read("purpose", Purpose),
                fields.Read("tenant", Tenant))
            : null;

    public DestinationConditions Destination(Fields fields) => new(
        fields.Read("kind", Kind),
        fields.Read("zone", Zone),
        fields.Read("jurisdiction", PlaceJurisdiction));

    private IdCondition? Ids(YamlNode node, string path, Func<YamlNode, string, string?> one)
    {
        switch (node)
        {
            case YamlText { Value: Any }:
                return new IdCondition(IdForm.Any, []);
            case YamlMap:
                return Choice(node, path, ["except"]) is var (_, value, at) && OneOrList(value, at, one, unique: true) is { } except
                    ? new IdCondition(IdForm.Except, except)
                    : null;
            default:
                return OneOrList(node, path, one, unique: true) is { } ids ? new IdCondition(IdForm.OneOf, ids) : null;
        }
    }

    private JurisdictionCondition? Jurisdiction(YamlNode node, string path, bool ofLabel)
    {
        if (node is YamlText { Value: Any })
        {
            return new JurisdictionCondition(null);
        }

        if (node is not YamlList)
        {
            return Term(node, path, ofLabel) is { } term ? new JurisdictionCondition([term]) : null;
        }

        var terms = new List<JurisdictionTerm>();
        var list = reading.List(node, path);
        for (var i = 0; i < (list?.Items.Count ?? 0); i++)
        {
            if (Term(list!.Items[i], JsonPointer.Item(path, i), ofLabel) is { } term)
            {
                terms.Add(term);
            }
        }

        return new JurisdictionCondition(terms);
    }

    private JurisdictionTerm? Term(YamlNode node, string path, bool ofLabel)
    {
        if (node is not YamlMap)
        {
            return reading.Reference(node, path, reading.Jurisdictions, "jurisdiction") is { } id
                ? new JurisdictionTerm(PlaceForm.Exactly, id)
                : null;
        }

        if (Choice(node, path, ofLabel ? ["within"] : ["within", "outside"]) is not var (word, value, at))
        {
            return null;
        }

        if (!ofLabel && value is YamlText { Value: "label" })
        {
            return new JurisdictionTerm(word == "within" ? PlaceForm.WithinLabel : PlaceForm.OutsideLabel, null);
        }

        return reading.Reference(value, at, reading.Jurisdictions, "jurisdiction") is { } ancestor
            ? new JurisdictionTerm(word == "within" ? PlaceForm.Within : PlaceForm.Outside, ancestor)
            : null;
    }

    private string? OneClass(YamlNode node, string path) => reading.Reference(node, path, reading.Classes, "class");

    /// <summary>A map with exactly one of the words as its field.</summary>
    private (string Word, YamlNode Value, string Path)? Choice(YamlNode node, string path, string[] words)
    {
        if (Fields.Open(reading, node, path, [], words) is not { } fields)
        {
            return null;
        }

        var given = words.Where(fields.Has).ToList();
        if (given.Count == 1)
        {
            return (given[0], ((YamlMap)node).Fields[given[0]], fields.PathOf(given[0]));
        }

        // An unknown field alone was reported as such.
        if (given.Count > 1 || ((YamlMap)node).Fields.Count == 0)
        {
            reading.Report(FaultCodes.SchemaValue, path, node, $"Exactly one of these is asked: {string.Join(", ", words)}.");
        }

        return null;
    }

    private List<string>? OneOrList(YamlNode node, string path, Func<YamlNode, string, string?> one, bool unique)
    {
        if (node is not YamlList)
        {
            return one(node, path) is { } single ? [single] : null;
        }

        var ids = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var list = reading.List(node, path);
        for (var i = 0; i < (list?.Items.Count ?? 0); i++)
        {
            var at = JsonPointer.Item(path, i);
            if (one(list!.Items[i], at) is not { } id)
            {
                continue;
            }

            if (!seen.Add(id) && unique)
            {
                reading.Report(FaultCodes.DuplicateId, at, list.Items[i], $"'{id}' stands twice in the list.");
            }

            ids.Add(id);
        }

        return ids;
    }
}
