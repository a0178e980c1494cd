namespace Bailiwick.Residency.Decisions;

/// <summary>One tuple of a policy's domain, by the places of its values in their lists.</summary>
internal readonly record struct Point(
    int Jurisdiction, int Class, int Purpose, int Tenant, int Kind, int Zone, int Proof);
