using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Bailiwick.Residency.Callers;

/// <summary>A network and the zone that stands behind it, on the word of the network's operator.</summary>
/// <param name="Network">CIDR, all bits behind the prefix zero: `10.1.0.0/16`, `2001:db8::/32`.</param>
public sealed record NetworkEntry(string Network, string Zone);

/// <summary>
/// Which zone an address belongs to: the longest prefix wins. IPv4-mapped IPv6 addresses (::ffff:10.1.2.3) are the
/// IPv4 addresses that they carry, in entries and in look-ups. Immutable; a look-up allocates nothing.
/// </summary>
public sealed class NetworkMap
{
    private const int Bits = 128;
    private static readonly UInt128 MappedPrefix = (UInt128)0xffff << 32;

    private readonly Dictionary<(int Length, UInt128 Network), string> _zones;
    private readonly List<int> _lengths;

    private NetworkMap(Dictionary<(int Length, UInt128 Network), string> zones)
    {
        _zones = zones;
        _lengths = [.. zones.Keys.Select(k => k.Length).Distinct().OrderDescending()];
    }

    /// <summary>
    /// Null with one sentence per fault if an entry is no network, a network stands twice, or a zone is not known.
    /// </summary>
    public static NetworkMap? Create(IEnumerable<NetworkEntry> entries, IdList zones, out IReadOnlyList<string> faults)
    {
        var found = new List<string>();
        var map = new Dictionary<(int, UInt128), string>();
        foreach (var entry in entries)
        {
            if (!zones.Contains(entry.Zone))
            {
                found.Add($"{entry.Network}: the zone '{entry.Zone}' is not in the policy.");
            }
            else if (!TryParse(entry.Network, out var prefix))
            {
                found.Add($"'{entry.Network}' is not a network: address/prefix is asked, all bits behind the prefix zero.");
            }
            else if (!map.TryAdd(prefix, entry.Zone))
            {
                found.Add($"{entry.Network} stands twice.");
            }
        }

        faults = found;
        return found.Count == 0 ? new NetworkMap(map) : null;
    }

    /// <summary>The zone of an address, or null if no network holds it.</summary>
    public string? ZoneOf(IPAddress address)
    {
        var value = Widen(address);
        var isIpv4 = value >> 32 == MappedPrefix >> 32;
        foreach (var length in _lengths)
        {
            // A network of IPv6 (::/0) says nothing of IPv4, which lies below ::ffff:0:0/96 only in this notation.
            if (isIpv4 && length < Bits - 32)
            {
                break;
            }

            if (_zones.TryGetValue((length, value & Mask(length)), out var zone))
            {
                return zone;
            }
        }

        return null;
    }

    private static bool TryParse(string text, out (int Length, UInt128 Network) prefix)
    {
        prefix = default;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        // A scope id is a matter of one machine; short and octal forms of IPv4 read differently elsewhere.
        if (slash < 0 || text.Contains('%', StringComparison.Ordinal) || text.Contains('[', StringComparison.Ordinal)
            || !IPAddress.TryParse(text.AsSpan(0, slash), out var address)
            || (address.AddressFamily is AddressFamily.InterNetwork && address.ToString() != text[..slash])
            || !int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var length))
        {
            return false;
        }

        var offset = address.AddressFamily is AddressFamily.InterNetwork ? Bits - 32 : 0;
        if (length > Bits - offset || (text[slash + 1] == '0' && text.Length > slash + 2))
        {
            return false;
        }

        prefix = (length + offset, Widen(address));
        return (prefix.Network & ~Mask(prefix.Length)) == 0;
    }

    /// <summary>IPv4 becomes its mapped form, so that both families share one space.</summary>
    private static UInt128 Widen(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var written);
        return written == 4
            ? MappedPrefix | BinaryPrimitives.ReadUInt32BigEndian(bytes)
            : BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    private static UInt128 Mask(int length) => length == 0 ? 0 : UInt128.MaxValue << (Bits - length);
}
