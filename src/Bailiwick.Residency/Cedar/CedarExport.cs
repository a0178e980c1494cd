using System.Globalization;
using System.Text;
using Bailiwick.Residency.Decisions;
using Bailiwick.Residency.Policies;

namespace Bailiwick.Residency.Cedar;

/// <summary>One Cedar policy: the id is the rule's, or that of a built-in reason.</summary>
public sealed record CedarPolicy(string Id, string Text);

/// <summary>One Cedar entity. `Home` is the tenant's, `Jurisdiction` the zone's; else null.</summary>
public sealed record CedarEntity(string Type, string Id, string? Parent, string? Home, string? Jurisdiction);

/// <summary>
/// A policy in force in Cedar's words, so that a second, independent engine can be asked the same questions:
/// principal = Tenant, action = Action::"reach", resource = Zone, context = {jurisdiction (entity), class, rank,
/// purpose, kind, proof (0 to 3)}. Cedar, too, lets any forbid override every permit and denies what nothing permits.
/// It knows one label; both labels of a raised request are two questions.
/// </summary>
public static class CedarExport
{
    /// <summary>The rules in force, and steps 2 and 3 of the decision as two forbids.</summary>
    public static IReadOnlyList<CedarPolicy> Policies(PolicySnapshot snapshot) =>
    [
        new(Reason.TenantHome.Id(), "forbid (principal, action, resource)\nwhen { !(context.jurisdiction in principal.home) };"),
        new(Reason.UnprovenZone.Id(), "forbid (principal, action, resource)\nwhen { context.proof == 0 };"),
        .. snapshot.RulesInForce.Select(entry => new CedarPolicy(entry.Rule.Id, Text(snapshot.Vocabulary, entry.Document, entry.Rule))),
    ];

    /// <summary>The forest of jurisdictions with the zones in it, and the tenants with their homes.</summary>
    public static IReadOnlyList<CedarEntity> Entities(Vocabulary words) =>
    [
        .. words.Jurisdictions.Declared.Select(j => new CedarEntity("Jurisdiction", j.Id, j.Parent, null, null)),
        .. words.Zones.Select((zone, z) =>
        {
            var jurisdiction = words.Jurisdictions.Ids[words.JurisdictionOfZone(z)];
            return new CedarEntity("Zone", zone, jurisdiction, null, jurisdiction);
        }),
        .. words.Tenants.Select((tenant, t) =>
            new CedarEntity("Tenant", tenant, null, words.Jurisdictions.Ids[words.HomeOfTenant(t)], null)),
    ];

    private static string Text(Vocabulary words, PolicyDocument document, Rule rule)
    {
        var proof = rule.MinimumProof is { } minimum ? $"context.proof >= {Number((int)minimum)}"
            : rule.ProofBelow is { } limit ? $"context.proof < {Number((int)limit)}"
            : null;
        string?[] conditions =
        [
            OfLabel(document.Scope),
            OfLabel(rule.Label.Jurisdiction),
            OfClass(rule.Label.Class, words.Classes),
            OfIds(rule.Label.Purpose, "context.purpose", Quoted),
            OfIds(rule.Label.Tenant, "principal", id => Entity("Tenant", id)),
            OfIds(rule.Destination.Kind, "context.kind", Quoted),
            OfIds(rule.Destination.Zone, "resource", id => Entity("Zone", id)),
            AnyOf(rule.Destination.Jurisdiction, OfPlace),
            proof,
        ];
        var when = string.Join(" &&\n       ", conditions.OfType<string>());
        return $"@id({Quoted(rule.Id)})\n@authority({Quoted(document.Authority)})\n@because({Quoted(rule.Because)})\n"
            + $"{(rule.Effect is Effect.Allow ? "permit" : "forbid")} (principal, action, resource)"
            + (when.Length > 0 ? $"\nwhen {{ {when} }};" : ";");
    }

    private static string? OfLabel(JurisdictionCondition? condition) => AnyOf(
        condition,
        term => $"context.jurisdiction {(term.Form is PlaceForm.Within ? "in" : "==")} {Entity("Jurisdiction", term.Id!)}");

    private static string OfPlace(JurisdictionTerm term) => term.Form switch
    {
        PlaceForm.Within => $"resource in {Entity("Jurisdiction", term.Id!)}",
        PlaceForm.Outside => $"!(resource in {Entity("Jurisdiction", term.Id!)})",
        PlaceForm.WithinLabel => "resource in context.jurisdiction",
        PlaceForm.OutsideLabel => "!(resource in context.jurisdiction)",
        _ => $"resource.jurisdiction == {Entity("Jurisdiction", term.Id!)}",
    };

    private static string? AnyOf(JurisdictionCondition? condition, Func<JurisdictionTerm, string> text) =>
        condition?.Terms is { } terms ? $"({string.Join(" || ", terms.Select(text))})" : null;

    private static string? OfClass(ClassCondition? condition, IdList classes) => condition?.Form switch
    {
        null or ClassForm.Any => null,
        ClassForm.AtMost => $"context.rank <= {Number(classes.IndexOf(condition.Ids[0]))}",
        ClassForm.AtLeast => $"context.rank >= {Number(classes.IndexOf(condition.Ids[0]))}",
        _ => $"[{string.Join(", ", condition.Ids.Select(Quoted))}].contains(context.class)",
    };

    private static string? OfIds(IdCondition? condition, string value, Func<string, string> literal)
    {
        if (condition is null or { Form: IdForm.Any })
        {
            return null;
        }

        var contains = $"[{string.Join(", ", condition.Ids.Select(literal))}].contains({value})";
        return condition.Form is IdForm.Except ? $"!({contains})" : contains;
    }

    private static string Entity(string type, string id) => $"{type}::{Quoted(id)}";

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A Cedar string literal; everything but plain ASCII is written as an escape.</summary>
    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is >= ' ' and < 0x7f and not '"' and not '\\')
            {
                quoted.Append((char)rune.Value);
            }
            else
            {
                quoted.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}");
            }
        }

        return quoted.Append('"').ToString();
    }
}
