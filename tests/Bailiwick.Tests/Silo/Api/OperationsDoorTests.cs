using Bailiwick.Evidence;
using Bailiwick.Protocol;
using Bailiwick.Protocol.Operations.V1;
using Bailiwick.Silo.Cluster;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Orleans.Runtime;

namespace Bailiwick.Tests.Silo.Api;

/// <summary>The operations service as its clients meet it: each act leaves a record.</summary>
public sealed class OperationsDoorTests : IAsyncLifetime
{
    private DoorHost _host = null!;

    private OperationsService.OperationsServiceClient Client => new(_host.Channel);

    public async Task InitializeAsync() => _host = await DoorHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task CreateKey_OfAGoodRequest_RecordsAndStoresItWithoutItsSecret()
    {
        var headers = _host.As("operations");

        var made = await Client.CreateKeyAsync(Request(), headers);

        var stored = Assert.Single(_host.Keys.Keys.Values);
        Assert.Equal(made.Id, stored.Key.Id);
        Assert.StartsWith("bwk_" + made.Id[2..] + "_", made.Secret, StringComparison.Ordinal);
        var leaf = Assert.IsType<KeyLeaf>(Assert.Single(_host.Intake.Leaves));
        Assert.Equal((KeyAct.Created, "api", made.Id, "k-0000000000000000"), (leaf.Act, leaf.Use, leaf.KeyId, leaf.Actor));
        var listed = Assert.Single((await Client.ListKeysAsync(new ListKeysRequest(), headers)).Keys);
        Assert.Equal(("team-a", "quick-start", null), (listed.Name, listed.Tenant, listed.Revoked));
        Assert.Equal(["inference"], listed.Scopes);
    }

    [Theory]
    [InlineData("tenant")]
    [InlineData("expires")]
    [InlineData("scopes")]
    public async Task CreateKey_OfAWrongField_NamesItAndStoresNothing(string field)
    {
        var request = Request();
        switch (field)
        {
            case "tenant":
                request.Tenant = "nobody";
                break;
            case "expires":
                request.Expires = new Timestamp { Seconds = long.MaxValue };
                break;
            default:
                request.Scopes.Add("root");
                break;
        }

        var problem = await Assert.ThrowsAsync<RpcException>(async () => await Client.CreateKeyAsync(request, _host.As("operations")));

        Assert.Equal(StatusCode.InvalidArgument, problem.StatusCode);
        Assert.Equal(field, problem.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations.Single().Field);
        Assert.Empty(_host.Keys.Keys);
        Assert.Empty(_host.Intake.Leaves);
    }

    [Fact]
    public async Task CreateKey_WithoutEvidence_MakesNoKey()
    {
        _host.Intake.IsAvailable = false;

        var problem = await Assert.ThrowsAsync<RpcException>(async () => await Client.CreateKeyAsync(Request(), _host.As("operations")));

        Assert.Equal("audit_unavailable", problem.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason);
        Assert.Empty(_host.Keys.Keys);
    }

    [Fact]
    public async Task CreateKey_UnderAStalePolicy_IsRefused()
    {
        _host.Board.IsStale = true;

        var problem = await Assert.ThrowsAsync<RpcException>(async () => await Client.CreateKeyAsync(Request(), _host.As("operations")));

        Assert.Equal("policy_stale", problem.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason);
    }

    [Fact]
    public async Task RevokeKey_OfAKey_EndsItAndRecordsIt()
    {
        var headers = _host.As("operations");
        var made = await Client.CreateKeyAsync(Request(), headers);

        await Client.RevokeKeyAsync(new RevokeKeyRequest { Id = made.Id }, headers);

        Assert.NotNull(_host.Keys.Keys[made.Id].Key.Revoked);
        Assert.Equal([KeyAct.Created, KeyAct.Revoked], _host.Intake.Leaves.Cast<KeyLeaf>().Select(leaf => leaf.Act));
    }

    [Theory]
    [InlineData("k-ffffffffffffffff")]
    [InlineData("")]
    [InlineData("k-xyz\n")]
    public async Task RevokeKey_OfNoKey_IsNotFoundAndNoRecord(string id)
    {
        var problem = await Assert.ThrowsAsync<RpcException>(async () =>
            await Client.RevokeKeyAsync(new RevokeKeyRequest { Id = id }, _host.As("operations")));

        Assert.Equal(StatusCode.NotFound, problem.StatusCode);
        Assert.Empty(_host.Intake.Leaves);
    }

    [Fact]
    public async Task ListNodes_OfACluster_ShowsSilosWithTheirShardsAndTheRecentDead()
    {
        var now = TimeProvider.System.GetUtcNow();
        _host.Nodes.Nodes.AddRange(
        [
            Node("n2", SiloRoles.None, SiloStatus.Dead, now.AddMinutes(-59)), Node("n0", SiloRoles.None, SiloStatus.Dead, now.AddHours(-2)),
            Node("n1", SiloRoles.Gateway | SiloRoles.Worker, SiloStatus.Active, now),
        ]);
        _host.Shards.Current = new([ScriptedShards.Model("tiny", ScriptedShards.Replica(Bailiwick.Silo.Shards.ReplicaPhase.Ready, draining: true))]);

        var reply = await Client.ListNodesAsync(new ListNodesRequest(), _host.As("operations"));

        Assert.Equal("test", reply.Boundary);
        Assert.Equal([("n1", "Active", true), ("n2", "Dead", false)], reply.Nodes.Select(node => (node.Node_, node.Status, node.Draining)));
        Assert.Equal(["gateway", "worker"], reply.Nodes[0].Roles);
        Assert.Equal(("tiny", "Ready", 7), (reply.Nodes[0].Shards.Single().Model, reply.Nodes[0].Shards.Single().State, reply.Nodes[0].Shards.Single().KvBlocksFree));
        Assert.Empty(reply.Nodes[1].Roles);
        Assert.Empty(reply.Nodes[1].Shards);
    }

    [Fact]
    public async Task Drain_OfANodeAndBack_IsSetAndRecorded()
    {
        _host.Nodes.Nodes.Add(Node("n1", SiloRoles.Worker, SiloStatus.Active, TimeProvider.System.GetUtcNow()));
        var headers = _host.As("operations");

        await Client.DrainAsync(new DrainRequest { Zone = "local-1", Node = "n1" }, headers);
        await Client.DrainAsync(new DrainRequest { Zone = "local-1", Node = "n1", Undo = true }, headers);

        Assert.Equal([("local-1", "n1", true), ("local-1", "n1", false)], _host.Nodes.Drained);
        Assert.Equal(["drain", "undrain"], _host.Intake.Leaves.Cast<AdminLeaf>().Select(leaf => leaf.Act));
        Assert.Equal("local-1/n1", ((AdminLeaf)_host.Intake.Leaves[0]).Target);
    }

    [Fact]
    public async Task Drain_OfANodeThatIsNot_IsNotFound()
    {
        var problem = await Assert.ThrowsAsync<RpcException>(async () =>
            await Client.DrainAsync(new DrainRequest { Zone = "local-1", Node = "n9" }, _host.As("operations")));

        Assert.Equal(StatusCode.NotFound, problem.StatusCode);
        Assert.Empty(_host.Nodes.Drained);
    }

    private static ClusterNode Node(string node, SiloRoles roles, SiloStatus status, DateTimeOffset alive) =>
        new("local-1", node, roles, status, "127.0.0.1:11111", alive.AddHours(-3), alive);

    private static CreateKeyRequest Request() => new()
    {
        Name = "team-a", Jurisdiction = "local", Class = "public", Purpose = "service-provision", Tenant = "quick-start", Scopes = { "inference" },
        Expires = Timestamp.FromDateTimeOffset(TimeProvider.System.GetUtcNow().AddDays(1)),
    };
}
