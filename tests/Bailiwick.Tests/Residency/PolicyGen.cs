using CsCheck;

namespace Bailiwick.Tests.Residency;

/// <summary>A policy drawn at random, as YAML: the loader is part of every property.</summary>
internal sealed record DrawnPolicy(IReadOnlyList<string> Documents)
{
    public static readonly string[] Jurisdictions = ["a", "a.b", "c", "d"];
    public static readonly string[] Classes = ["low", "mid", "top"];
    public static readonly string[] Purposes = ["work", "play"];
    public static readonly string[] Tenants = ["one", "two"];
    public static readonly string[] Zones = ["z-a", "z-c", "z-d"];

    public byte[] Yaml(params string[] more) => System.Text.Encoding.UTF8.GetBytes(
        """
        policy: drawn
        schema: 1
        epoch: 1
        title: Drawn
        vocabulary:
          classes: [low, mid, top]
          jurisdictions:
            - {id: a, name: A}
            - {id: a.b, parent: d, name: below d whatever the id says}
            - {id: c, parent: a, name: C}
            - {id: d, name: D}
          zones:
            - {id: z-a, jurisdiction: a}
            - {id: z-c, jurisdiction: c}
            - {id: z-d, jurisdiction: a.b}
          purposes: [work, play]
          tenants:
            - {id: one, home: a}
            - {id: two, home: d}
        documents:

        """ + string.Concat(Documents.Concat(more)));
}

internal static class PolicyGen
{
    private static readonly Gen<string> Jurisdiction = Gen.OneOf(
        Gen.Const("any"), Pick(DrawnPolicy.Jurisdictions),
        Pick(DrawnPolicy.Jurisdictions).Select(j => $"{{within: {j}}}"));

    private static readonly Gen<string> Place = Gen.OneOf(
        Jurisdiction, Pick(DrawnPolicy.Jurisdictions).Select(j => $"{{outside: {j}}}"),
        Pick("{within: label}", "{outside: label}"));

    private static readonly Gen<string> Class = Gen.OneOf(
        Gen.Const("any"), Pick(DrawnPolicy.Classes),
        Pick(DrawnPolicy.Classes).Select(c => $"{{at_most: {c}}}"),
        Pick(DrawnPolicy.Classes).Select(c => $"{{at_least: {c}}}"));

    private static readonly Gen<string> Kind = Pick("any", "silo", "[silo, cache]", "caller", "{except: caller}");

    private static readonly Gen<string> Proof = Pick("contract", "certificate", "attestation");

    private static readonly Gen<string> Allow = Gen.Select(
        Class, Kind, Place, Proof,
        (c, k, p, proof) => $"effect: allow, label: {{class: {c}}}, destination: {{kind: {k}, jurisdiction: {p}, proof: {proof}}}");

    /// <summary>A rule without its id: `effect: deny, …`.</summary>
    public static readonly Gen<string> Denial = Gen.Select(
        Class, Kind, Place, Pick("", ", proof_below: certificate", ", proof_below: attestation"),
        (c, k, p, proof) => $"effect: deny, label: {{class: {c}}}, destination: {{kind: {k}, jurisdiction: {p}{proof}}}");

    /// <summary>One to four documents of one to five rules each, with scopes.</summary>
    public static readonly Gen<DrawnPolicy> Policy = Gen
        .Select(Jurisdiction, Gen.OneOf(Allow, Allow, Denial).Array[1, 5]).Array[1, 4]
        .Select(documents => new DrawnPolicy([.. documents.Select((d, i) => Document($"doc-{i}", d.Item1, d.Item2, $"D{i}"))]));

    private static Gen<string> Pick(params string[] words) => Gen.Int[0, words.Length - 1].Select(i => words[i]);

    public static string Document(string id, string scope, IReadOnlyList<string> rules, string prefix) =>
        $"  - {{id: {id}, authority: Somebody, scope: {scope}, rules: ["
        + string.Join(", ", rules.Select((rule, r) => $"{{id: {prefix}-R{r}, because: Drawn, {rule}}}")) + "]}\n";
}
