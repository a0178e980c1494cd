namespace Bailiwick.Residency;

/// <summary>What proves the zone of a destination, weakest first. A setting alone never proves a place.</summary>
public enum Proof
{
    Setting,
    Contract,
    Certificate,
    Attestation,
}

/// <summary>How proofs are written.</summary>
public static class Proofs
{
    /// <summary>The ids, at the index of their enum value.</summary>
    public static IdList Ids { get; } = new(["setting", "contract", "certificate", "attestation"]);

    /// <summary>The id: `certificate`.</summary>
    public static string Text(this Proof proof) => Ids[(int)proof];
}
