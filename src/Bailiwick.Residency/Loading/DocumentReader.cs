using System.Globalization;
using Bailiwick.Residency.Policies;

namespace Bailiwick.Residency.Loading;

/// <summary>Reads the documents of a policy: authority, scope, validity, break-glass limits, rules.</summary>
internal sealed class DocumentReader(Reading reading)
{
    private readonly ConditionReader _conditions = new(reading);
    private readonly RuleReader _rules = new(reading);
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);

    public List<PolicyDocument> ReadAll(YamlNode node, string path)
    {
        var documents = new List<PolicyDocument>();
        var list = reading.List(node, path);
        for (var i = 0; i < (list?.Items.Count ?? 0); i++)
        {
            if (Read(list!.Items[i], JsonPointer.Item(path, i)) is { } document)
            {
                documents.Add(document);
            }
        }

        return documents;
    }

    private PolicyDocument? Read(YamlNode node, string path)
    {
        var breakGlass = node is YamlMap map && map.Fields.GetValueOrDefault("kind") is YamlText { Value: "break-glass" };
        string[] limits = ["approvals", "max_minutes"];
        string[] required = ["id", "authority", "rules"];
        string[] optional = ["kind", "scope", "valid_from", "valid_until"];
        if (Fields.Open(reading, node, path, breakGlass ? [.. required, .. limits] : required, optional) is not { } fields)
        {
            return null;
        }

        var id = fields.Read("id", (n, p) => reading.NewId(n, p, _ids)) ?? "";
        fields.Read("kind", (n, p) => reading.OneOf(n, p, ["standing", "break-glass"]));
        var authority = fields.Read("authority", reading.Sentence) ?? "";
        var scope = fields.Read("scope", _conditions.LabelJurisdiction);
        var from = fields.Read("valid_from", reading.Time);
        var until = fields.Read("valid_until", reading.Time);
        if (from >= until)
        {
            fields.Read<object>("valid_until", (n, p) =>
            {
                reading.Report(FaultCodes.Validity, p, n, "The document ends before it begins.");
                return null;
            });
        }

        var approvals = breakGlass ? fields.Read("approvals", (n, p) => Number(n, p, 2, 9)) : null;
        var minutes = breakGlass ? fields.Read("max_minutes", (n, p) => Number(n, p, 1, 1440)) : null;
        var rules = fields.Read("rules", (n, p) => Rules(n, p, breakGlass)) ?? [];
        return new PolicyDocument(
            id, authority, scope, from, until,
            breakGlass ? new BreakGlassLimits(approvals ?? 0, minutes ?? 0) : null,
            rules);
    }

    private List<Rule> Rules(YamlNode node, string path, bool breakGlass)
    {
        var rules = new List<Rule>();
        var list = reading.List(node, path);
        for (var i = 0; i < (list?.Items.Count ?? 0); i++)
        {
            if (_rules.Read(list!.Items[i], JsonPointer.Item(path, i), breakGlass) is { } rule)
            {
                rules.Add(rule);
            }
        }

        return rules;
    }

    private int? Number(YamlNode node, string path, int least, int most)
    {
        if (reading.Text(node, path) is not { } text)
        {
            return null;
        }

        if (text.Length > 9 || !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            reading.Report(FaultCodes.SchemaValue, path, node, $"'{text}' is not a whole number.");
            return null;
        }

        if (number < least || number > most || text[0] == '0')
        {
            reading.Report(FaultCodes.BreakGlassLimits, path, node, $"{text} is not within {least} to {most}.");
        }

        return number;
    }
}
