using System.Net;

namespace Bailiwick.Residency.Callers;

/// <summary>
/// What names the zone of a caller, each null where there is none. None of it comes from the request: no field, no
/// header.
/// </summary>
/// <param name="Listener">The zone in the listener's own setting.</param>
/// <param name="Address">The peer's address, looked up in the network map.</param>
/// <param name="Certificate">The zone in a client certificate issued for a place, not for a person or a device that travels.</param>
/// <param name="Attestation">The zone of an attested desk.</param>
public sealed record CallerSources(string? Listener, IPAddress? Address, string? Certificate, string? Attestation);

/// <summary>Where the answer goes, and how well that is known (model.md section 2).</summary>
public static class CallerZone
{
    /// <summary>
    /// The zone with the strongest proof among its sources. Null if no source names a zone or two name different ones:
    /// then the caller has no zone.
    /// </summary>
    public static Place? Resolve(CallerSources sources, NetworkMap? map)
    {
        var network = sources.Address is { } address ? map?.ZoneOf(address) : null;
        Place? caller = null;
        ReadOnlySpan<string?> byProof = [sources.Listener, network, sources.Certificate, sources.Attestation];
        for (var proof = 0; proof < byProof.Length; proof++)
        {
            if (byProof[proof] is not { } zone)
            {
                continue;
            }

            if (caller is { } known && !string.Equals(known.Zone, zone, StringComparison.Ordinal))
            {
                return null;
            }

            caller = Place.In(zone, (Proof)proof);
        }

        return caller;
    }
}
