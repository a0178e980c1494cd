using Bailiwick.Residency.Policies;

namespace Bailiwick.Residency.Loading;

/// <summary>Reads one rule: its conditions, and what an allow must state or a denial must not.</summary>
internal sealed class RuleReader(Reading reading)
{
    private static readonly string[] DestinationFields = ["kind", "zone", "jurisdiction", "proof", "proof_below"];

    private readonly ConditionReader _conditions = new(reading);
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);

    public Rule? Read(YamlNode node, string path, bool breakGlass)
    {
        if (Fields.Open(reading, node, path, ["id", "effect", "because"], ["label", "destination", "obligations"]) is not { } rule)
        {
            return null;
        }

        var id = rule.Read("id", Id) ?? "";
        var effect = rule.Read<string>("effect", (n, p) => ReadEffect(n, p, breakGlass));
        var because = rule.Read("because", reading.Sentence) ?? "";
        var label = rule.Read("label", _conditions.Label);
        Fields? destination = rule.Read("destination", (n, p) => Fields.Open(reading, n, p, [], DestinationFields));
        var places = destination is null ? DestinationConditions.None : _conditions.Destination(destination);
        var proof = destination?.Read("proof", (n, p) => reading.OneOf(n, p, Proofs.Ids.Skip(1)));
        var proofBelow = destination?.Read("proof_below", (n, p) => reading.OneOf(n, p, Proofs.Ids.Skip(2)));
        var obligations = rule.Read("obligations", ReadObligations) ?? [];
        switch (effect)
        {
            case "allow":
                RequireComplete(rule, destination);
                RefuseField(destination, "proof_below", "An allow states a minimum proof; proof_below belongs to denials.");
                break;
            case "deny":
                RefuseField(rule, "obligations", "A denial has no obligations.");
                RefuseField(destination, "proof", "A denial with a minimum proof would let the weaker proof through; use proof_below.");
                break;
        }

        var allows = effect == "allow";
        return new Rule(
            id,
            allows ? Effect.Allow : Effect.Deny,
            label ?? LabelConditions.None,
            places,
            allows ? (Proof)Proofs.Ids.IndexOf(proof ?? "certificate") : null,
            proofBelow is null ? null : (Proof)Proofs.Ids.IndexOf(proofBelow),
            obligations,
            because);
    }

    private string? Id(YamlNode node, string path)
    {
        if (reading.Text(node, path) is not { } id)
        {
            return null;
        }

        if (!Identifiers.IsRuleId(id))
        {
            reading.Report(
                FaultCodes.SchemaValue, path, node,
                $"'{id}' is not a rule id: upper-case letters and digits, parts joined by one hyphen, at most 64 characters.");
        }

        if (!_ids.Add(id))
        {
            reading.Report(FaultCodes.DuplicateId, path, node, $"The rule id '{id}' stands twice in the policy.");
        }

        return id;
    }

    private string? ReadEffect(YamlNode node, string path, bool breakGlass)
    {
        var effect = reading.OneOf(node, path, ["allow", "deny"]);
        if (effect == "deny" && breakGlass)
        {
            reading.Report(FaultCodes.EffectMismatch, path, node, "A break-glass document fills silence: it only allows.");
        }

        return effect;
    }

    private List<Obligation>? ReadObligations(YamlNode node, string path)
    {
        if (reading.List(node, path) is not { } list)
        {
            return null;
        }

        return [.. list.Items
            .Select((item, i) => reading.OneOf(item, JsonPointer.Item(path, i), Obligations.Ids))
            .Where(word => word is not null)
            .Select(word => (Obligation)Obligations.Ids.IndexOf(word))
            .Distinct()];
    }

    private void RequireComplete(Fields rule, Fields? destination)
    {
        // Something there that is not a map was reported as such.
        var label = rule.Read("label", (n, _) => n);
        if (label is null or YamlMap && !(label is YamlMap stated && stated.Fields.ContainsKey("class")))
        {
            Report(rule.Path + "/label/class", label ?? rule.Node, "An allow must state a class; write `class: any` for all.");
        }

        if (destination is null && rule.Has("destination"))
        {
            return;
        }

        var at = destination?.Node ?? rule.Node;
        if (destination?.Has("kind") is not true)
        {
            Report(rule.Path + "/destination/kind", at, "An allow must state the kinds of destination; write `kind: any` for all.");
        }

        if (destination?.Has("zone") is not true && destination?.Has("jurisdiction") is not true)
        {
            Report(rule.Path + "/destination", at, "An allow must state a place, by zone or jurisdiction; write `jurisdiction: any` for all.");
        }

        void Report(string path, YamlNode node, string message) => reading.Report(FaultCodes.AllowIncomplete, path, node, message);
    }

    private void RefuseField(Fields? fields, string name, string message) =>
        fields?.Read<object>(name, (node, path) =>
        {
            reading.Report(FaultCodes.EffectMismatch, path, node, message);
            return null;
        });
}
