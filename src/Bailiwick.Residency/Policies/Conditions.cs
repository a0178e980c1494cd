namespace Bailiwick.Residency.Policies;

/// <summary>How a condition on ids is written: `any`, one or a list, `{except: …}`.</summary>
public enum IdForm
{
    Any,
    OneOf,
    Except,
}

/// <summary>A condition on purpose, tenant, kind or zone (and on proven_by, in claims).</summary>
public sealed record IdCondition(IdForm Form, IReadOnlyList<string> Ids);

/// <summary>How a condition on a class is written.</summary>
public enum ClassForm
{
    Any,
    OneOf,
    AtMost,
    AtLeast,
}

/// <summary>A condition on the class; `AtMost` and `AtLeast` hold one id and follow the order of this policy.</summary>
public sealed record ClassCondition(ClassForm Form, IReadOnlyList<string> Ids);

/// <summary>How a condition on a jurisdiction is written.</summary>
public enum PlaceForm
{
    /// <summary>Exactly this node.</summary>
    Exactly,
    Within,
    Outside,

    /// <summary>Within the jurisdiction of the label that is decided.</summary>
    WithinLabel,
    OutsideLabel,
}

/// <summary>One alternative of a condition on a jurisdiction; `Id` is null for the forms that look at the label.</summary>
public sealed record JurisdictionTerm(PlaceForm Form, string? Id);

/// <summary>Any of the terms; `Terms` null is `any`.</summary>
public sealed record JurisdictionCondition(IReadOnlyList<JurisdictionTerm>? Terms);

/// <summary>Conditions on a label; null was left out, and matches everything.</summary>
public sealed record LabelConditions(
    JurisdictionCondition? Jurisdiction, ClassCondition? Class, IdCondition? Purpose, IdCondition? Tenant)
{
    public static LabelConditions None { get; } = new(null, null, null, null);
}

/// <summary>Conditions on a destination without those on proof, which rules and claims state differently.</summary>
public sealed record DestinationConditions(IdCondition? Kind, IdCondition? Zone, JurisdictionCondition? Jurisdiction)
{
    public static DestinationConditions None { get; } = new(null, null, null);
}
