namespace Bailiwick.Residency;

/// <summary>
/// Where something stands: a zone, and what proves it (`setting`, `contract`, `certificate`, `attestation`).
/// The default value has neither, and is denied as `!unknown-zone`.
/// </summary>
public readonly record struct Place(string? Zone, string? ProvenBy)
{
    /// <summary>A place of which zone and proof are known.</summary>
    public static Place In(string zone, Proof provenBy) => new(zone, provenBy.Text());
}

/// <summary>What a payload can reach. Values are text as they came; the decision denies what it does not know.</summary>
public readonly record struct Destination(string? Kind, string? Zone, string? ProvenBy)
{
    /// <summary>What lies at a place; an unknown place makes a destination that is denied.</summary>
    public static Destination At(DestinationKind kind, Place place) => new(kind.Text(), place.Zone, place.ProvenBy);
}
