using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Bailiwick.EndToEnd.Tests.Silo;

/// <summary>Orleans' own AdoNet provider over our statements, with the rights of a silo: its contract, call by call.</summary>
[Collection(SiteCollection.Name)]
[Trait("Category", "Cluster")]
public sealed class MembershipSqlTests(SiteFixture site) : IAsyncLifetime
{
    private static readonly DateTime Start = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private IHost _host = null!;
    private IMembershipTable _table = null!;

    public async Task InitializeAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.UseOrleans(silo => silo
            .UseAdoNetClustering(clustering => (clustering.Invariant, clustering.ConnectionString) = ("Npgsql", site.Connection("application")))
            .Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = (Guid.NewGuid().ToString("n"), "bailiwick"))
            .Configure<EndpointOptions>(endpoint => endpoint.AdvertisedIPAddress = IPAddress.Loopback));
        _host = builder.Build();
        _table = _host.Services.GetRequiredService<IMembershipTable>();
        await _table.InitializeMembershipTableAsync(true);
    }

    public Task DisposeAsync()
    {
        _host.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Table_InitialisedTwice_KeepsItsVersion()
    {
        Assert.True(await _table.InsertRowAsync(Entry(1), (await VersionAsync()).Next()));
        await _table.InitializeMembershipTableAsync(true);

        Assert.Equal(1, (await VersionAsync()).Version);
    }

    [Fact]
    public async Task Insert_WithAStaleVersion_IsRefusedAndChangesNothing()
    {
        var version = await VersionAsync();
        Assert.True(await _table.InsertRowAsync(Entry(1), version.Next()));

        Assert.False(await _table.InsertRowAsync(Entry(2), version.Next()));

        var all = await _table.ReadAllAsync();
        Assert.Equal((1, 1), (all.Version.Version, all.Members.Count));
    }

    [Fact]
    public async Task Insert_OfARowThatIsThere_IsRefusedAndBumpsNothing()
    {
        Assert.True(await _table.InsertRowAsync(Entry(1), (await VersionAsync()).Next()));

        Assert.False(await _table.InsertRowAsync(Entry(1), (await VersionAsync()).Next()));

        Assert.Equal(1, (await VersionAsync()).Version);
    }

    [Fact]
    public async Task Update_WithAStaleTag_IsRefusedAndChangesNothing()
    {
        Assert.True(await _table.InsertRowAsync(Entry(1), (await VersionAsync()).Next()));
        var (row, tag) = (await _table.ReadRowAsync(Entry(1).SiloAddress)).Members.Single();
        var version = await VersionAsync();
        row.Status = SiloStatus.Active;
        Assert.True(await _table.UpdateRowAsync(row, tag, version.Next()));

        row.Status = SiloStatus.Dead;
        Assert.False(await _table.UpdateRowAsync(row, tag, version.Next()));

        Assert.Equal(SiloStatus.Active, (await _table.ReadAllAsync()).Members.Single().Item1.Status);
    }

    [Fact]
    public async Task Row_Written_IsReadBackWhole()
    {
        var entry = Entry(1);
        entry.AddSuspector(Entry(2).SiloAddress, Start);
        Assert.True(await _table.InsertRowAsync(entry, (await VersionAsync()).Next()));
        var (row, tag) = (await _table.ReadRowAsync(entry.SiloAddress)).Members.Single();
        row.AddSuspector(Entry(3).SiloAddress, Start);
        Assert.True(await _table.UpdateRowAsync(row, tag, (await VersionAsync()).Next()));

        var read = (await _table.ReadAllAsync()).Members.Single().Item1;

        Assert.Equal(
            (entry.SiloAddress, entry.SiloName, entry.HostName, entry.Status, entry.ProxyPort, Start, Start),
            (read.SiloAddress, read.SiloName, read.HostName, read.Status, read.ProxyPort, read.StartTime, read.IAmAliveTime));
        Assert.Contains(read.SuspectTimes!, vote => vote.Item1.Equals(Entry(3).SiloAddress));
    }

    [Fact]
    public async Task Aliveness_Published_ChangesNoVersion()
    {
        var entry = Entry(1);
        Assert.True(await _table.InsertRowAsync(entry, (await VersionAsync()).Next()));
        entry.IAmAliveTime = Start.AddHours(1);

        await _table.UpdateIAmAliveAsync(entry);

        var all = await _table.ReadAllAsync();
        Assert.Equal((1, Start.AddHours(1)), (all.Version.Version, all.Members.Single().Item1.IAmAliveTime));
    }

    [Fact]
    public async Task Row_OfAnUnknownSilo_IsNoneWithTheVersion()
    {
        var none = await _table.ReadRowAsync(Entry(9).SiloAddress);

        Assert.Equal((0, 0), (none.Version.Version, none.Members.Count));
    }

    [Fact]
    public async Task Writers_AtOnce_SucceedOnePerVersion()
    {
        var version = await VersionAsync();

        var wins = await Task.WhenAll(Enumerable.Range(1, 16).Select(n => _table.InsertRowAsync(Entry(n), version.Next())));

        Assert.Single(wins, won => won);
        Assert.Equal(1, (await VersionAsync()).Version);
    }

    [Fact]
    public async Task CleanUp_OfOldEntries_TakesTheDeadOnly()
    {
        (int Port, SiloStatus Status, int Hours)[] entries = [(1, SiloStatus.Dead, 0), (2, SiloStatus.Dead, 2), (3, SiloStatus.Active, 0), (4, SiloStatus.Joining, 0)];
        foreach (var (port, status, hours) in entries)
        {
            var entry = Entry(port);
            (entry.Status, entry.IAmAliveTime) = (status, Start.AddHours(hours));
            Assert.True(await _table.InsertRowAsync(entry, (await VersionAsync()).Next()));
        }

        await _table.CleanupDefunctSiloEntriesAsync(Start.AddHours(1));

        Assert.Equal([2, 3, 4], (await _table.ReadAllAsync()).Members.Select(member => member.Item1.SiloAddress.Endpoint.Port).Order());
    }

    private async Task<TableVersion> VersionAsync() => (await _table.ReadAllAsync()).Version;

    private static MembershipEntry Entry(int port) => new()
    {
        SiloAddress = SiloAddress.New(IPAddress.Loopback, port, 1),
        SiloName = $"local-1/n{port}",
        HostName = "host",
        Status = SiloStatus.Joining,
        ProxyPort = 0,
        StartTime = Start,
        IAmAliveTime = Start,
    };
}
