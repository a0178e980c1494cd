using System.Net;
using Bailiwick.Residency;
using Bailiwick.Residency.Callers;

namespace Bailiwick.Tests.Residency;

public sealed class CallerZoneTests
{
    private static readonly IdList Zones = new(["office", "lab", "abroad", "six"]);

    private static readonly NetworkMap Map = Create(
        ("10.0.0.0/8", "office"), ("10.1.0.0/16", "lab"), ("10.1.2.3/32", "abroad"), ("2001:db8::/32", "six"), ("::/0", "abroad"));

    [Theory]
    [InlineData("10.9.9.9", "office")]
    [InlineData("10.1.9.9", "lab")]
    [InlineData("10.1.2.3", "abroad")]
    [InlineData("::ffff:10.1.2.4", "lab")]
    [InlineData("2001:db8::1", "six")]
    [InlineData("2001:db9::1", "abroad")]
    [InlineData("fe80::1%3", "abroad")]
    [InlineData("192.0.2.1", null)]
    [InlineData("::ffff:192.0.2.1", null)]
    public void ZoneOf_Address_LongestPrefixOfItsFamilyWins(string address, string? zone) =>
        Assert.Equal(zone, Map.ZoneOf(IPAddress.Parse(address)));

    [Fact]
    public void ZoneOf_MappedEntry_IsTheIpv4Network() =>
        Assert.Equal("office", Create(("::ffff:10.0.0.0/104", "office")).ZoneOf(IPAddress.Parse("10.200.0.1")));

    [Theory]
    [InlineData("10.0.0.1/8")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0/08")]
    [InlineData("10.0.0.0")]
    [InlineData("10/8")]
    [InlineData("010.0.0.0/8")]
    [InlineData("0x0a.0.0.0/8")]
    [InlineData("fe80::%1/64")]
    [InlineData("[2001:db8::]/32")]
    [InlineData("2001:db8::1/32")]
    [InlineData("::/129")]
    [InlineData("office/8")]
    public void Create_NoNetwork_IsRefusedWithASentence(string network)
    {
        Assert.Null(NetworkMap.Create([new NetworkEntry(network, "office")], Zones, out var faults));
        Assert.Contains(network, Assert.Single(faults), StringComparison.Ordinal);
    }

    [Fact]
    public void Create_UnknownZoneAndRepeatedNetwork_ReportsBoth()
    {
        Assert.Null(NetworkMap.Create(
            [new("10.0.0.0/8", "office"), new("10.0.0.0/8", "lab"), new("11.0.0.0/8", "Office")], Zones, out var faults));
        Assert.Equal(2, faults.Count);
    }

    [Theory]
    [InlineData("office", null, null, null, "office setting")]
    [InlineData("office", "10.9.9.9", null, null, "office contract")]
    [InlineData(null, "10.9.9.9", null, null, "office contract")]
    [InlineData(null, "10.9.9.9", "office", null, "office certificate")]
    [InlineData(null, null, "office", "office", "office attestation")]
    [InlineData("lab", "10.9.9.9", null, null, null)]
    [InlineData(null, "10.9.9.9", "lab", null, null)]
    [InlineData(null, null, "office", "lab", null)]
    [InlineData(null, "192.0.2.1", null, null, null)]
    [InlineData(null, null, null, null, null)]
    public void Resolve_Sources_StrongestProofOfOneZoneOrNone(
        string? listener, string? address, string? certificate, string? attestation, string? expected)
    {
        var sources = new CallerSources(listener, address is null ? null : IPAddress.Parse(address), certificate, attestation);
        var place = CallerZone.Resolve(sources, Map);
        Assert.Equal(expected, place is { } p ? $"{p.Zone} {p.ProvenBy}" : null);
    }

    [Fact]
    public void ZoneOf_AnyAddress_AllocatesNothing()
    {
        var address = IPAddress.Parse("10.1.9.9");
        Map.ZoneOf(address);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Map.ZoneOf(address);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static NetworkMap Create(params (string Network, string Zone)[] entries) =>
        NetworkMap.Create(entries.Select(e => new NetworkEntry(e.Network, e.Zone)), Zones, out var faults)
        ?? throw new InvalidOperationException(string.Join(' ', faults));
}
