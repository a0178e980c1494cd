namespace Bailiwick.Residency.Decisions;

/// <summary>The dimensions of a tuple, in the order in which it is written.</summary>
public enum Dimension
{
    Jurisdiction,
    Class,
    Purpose,
    Tenant,
    Kind,
    Zone,
    Proof,
}

/// <summary>
/// One tuple of a domain: a label and a destination by the places of their values in its lists. A place of -1 is a
/// value that the list does not hold.
/// </summary>
public readonly record struct Point(
    int Jurisdiction, int Class, int Purpose, int Tenant, int Kind, int Zone, int Proof)
{
    /// <summary>The place of one value; -1 where the list does not hold it.</summary>
    public int this[Dimension dimension] => dimension switch
    {
        Dimension.Jurisdiction => Jurisdiction,
        Dimension.Class => Class,
        Dimension.Purpose => Purpose,
        Dimension.Tenant => Tenant,
        Dimension.Kind => Kind,
        Dimension.Zone => Zone,
        _ => Proof,
    };
}
