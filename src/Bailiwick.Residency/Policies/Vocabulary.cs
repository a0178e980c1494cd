namespace Bailiwick.Residency.Policies;

/// <summary>A place with machines or callers, in exactly one jurisdiction.</summary>
public sealed record Zone(string Id, string Jurisdiction);

/// <summary>Who uses the service; labels of a tenant lie within its home.</summary>
public sealed record Tenant(string Id, string Home, string? Name);

/// <summary>
/// Every word that a policy's rules may use. Closed: what is not listed is denied. Immutable.
/// </summary>
public sealed class Vocabulary
{
    private readonly int[] _zoneJurisdiction;
    private readonly int[] _tenantHome;

    /// <exception cref="ArgumentException">The lists contradict each other; the loader has reported it before.</exception>
    public Vocabulary(
        IReadOnlyList<Jurisdiction> jurisdictions,
        IReadOnlyList<string> classes,
        IReadOnlyList<Zone> zones,
        IReadOnlyList<string> purposes,
        IReadOnlyList<Tenant> tenants)
    {
        Jurisdictions = new JurisdictionTree(jurisdictions);
        Classes = new IdList(classes);
        Zones = new IdList(zones.Select(z => z.Id));
        Purposes = new IdList(purposes);
        Tenants = new IdList(tenants.Select(t => t.Id));
        _zoneJurisdiction = [.. zones.Select(z => Jurisdictions.Ids.IndexOf(z.Jurisdiction))];
        _tenantHome = [.. tenants.Select(t => Jurisdictions.Ids.IndexOf(t.Home))];
        if (_zoneJurisdiction.Contains(-1) || _tenantHome.Contains(-1))
        {
            throw new ArgumentException("A zone or a tenant names a jurisdiction that is not declared.");
        }
    }

    /// <summary>The legal forest.</summary>
    public JurisdictionTree Jurisdictions { get; }

    /// <summary>The site's own classes, lowest first.</summary>
    public IdList Classes { get; }

    /// <summary>Where machines stand and callers sit.</summary>
    public IdList Zones { get; }

    /// <summary>What data may be used for.</summary>
    public IdList Purposes { get; }

    /// <summary>Who uses the service.</summary>
    public IdList Tenants { get; }

    /// <summary>The place in <see cref="Jurisdictions"/> of a zone, by its place in <see cref="Zones"/>.</summary>
    public int JurisdictionOfZone(int zone) => _zoneJurisdiction[zone];

    /// <summary>The place in <see cref="Jurisdictions"/> of a tenant's home, by its place in <see cref="Tenants"/>.</summary>
    public int HomeOfTenant(int tenant) => _tenantHome[tenant];
}
