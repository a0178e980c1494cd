using Bailiwick.Evidence;
using Bailiwick.Protocol;
using Bailiwick.Protocol.Operations.V1;
using Bailiwick.Residency;
using Bailiwick.Silo.Api.Auth;
using Bailiwick.Silo.Audit;
using Bailiwick.Silo.Cluster;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Policy;
using Bailiwick.Silo.Shards;
using Bailiwick.Silo.Turns;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Bailiwick.Silo.Api.Grpc;

/// <summary>`bailiwick.operations.v1`. Each act is a record.</summary>
internal sealed class OperationsDoor(
    SiteName site, INodes nodes, IShards shards, IDrains drains, IKeyStore keys, KeyMint mint, IPolicyBoard policy, IIntake intake,
    ICallerAccessor callers, TimeProvider time) : OperationsService.OperationsServiceBase
{
    /// <summary>Use of a key in records.</summary>
    private const string KeyUse = "api";

    private static readonly TimeSpan DeadAreShownFor = TimeSpan.FromHours(1);
    private static readonly Refusal NotRecorded = new(Errors.AuditUnavailable, "The act cannot be recorded.");

    public override async Task<ListNodesResponse> ListNodes(ListNodesRequest request, ServerCallContext context)
    {
        var since = time.GetUtcNow() - DeadAreShownFor;
        var known = await nodes.ListAsync(context.CancellationToken);
        return new ListNodesResponse
        {
            Boundary = site.Boundary,
            Nodes =
            {
                known.Where(node => node.Status != SiloStatus.Dead || node.Alive >= since)
                    .OrderBy(node => node.Zone, StringComparer.Ordinal).ThenBy(node => node.Node, StringComparer.Ordinal)
                    .ThenBy(node => node.Started).Select(node => NodeText.Of(node, shards.Current)),
            },
        };
    }

    public override async Task<DrainResponse> Drain(DrainRequest request, ServerCallContext context)
    {
        var known = await nodes.ListAsync(context.CancellationToken);
        if (!known.Any(node => node.Zone == request.Zone && node.Node == request.Node))
        {
            throw GrpcRefusals.ToException(new Refusal(Errors.NotFound, "This cluster has no such zone and node.") { Field = "node" });
        }

        var actor = CallerOf(context).KeyId;
        await RecordAsync(
            origin => new AdminLeaf(origin, actor, request.Undo ? "undrain" : "drain", $"{request.Zone}/{request.Node}", null, null),
            context.CancellationToken);
        await drains.SetAsync(request.Zone, request.Node, !request.Undo, context.CancellationToken);
        return new DrainResponse();
    }

    public override async Task<CreateKeyResponse> CreateKey(CreateKeyRequest request, ServerCallContext context)
    {
        if (!policy.TryGet(out var guard, out var stale))
        {
            throw GrpcRefusals.ToException(stale);
        }

        var asked = new NewKey(
            request.Name, new Label(request.Jurisdiction, request.Class, request.Purpose, request.Tenant), [.. request.Scopes],
            request.Expires is null ? default : Time(request.Expires));
        if (KeyRules.Check(asked, guard.Snapshot.Vocabulary, time.GetUtcNow()) is [var fault, ..])
        {
            throw GrpcRefusals.ToException(new Refusal(Errors.Invalid, $"The field {fault.Field} {fault.Sentence}") { Field = fault.Field });
        }

        var minted = mint.Make(asked);
        // First the record: a key that nobody knows of is worse than a record of a key that was not made.
        await RecordAsync(Leaf(KeyAct.Created, minted.Key.Id, context), context.CancellationToken);
        await keys.AddAsync(minted, context.CancellationToken);
        return new CreateKeyResponse { Id = minted.Key.Id, Secret = minted.Secret };
    }

    public override async Task<ListKeysResponse> ListKeys(ListKeysRequest request, ServerCallContext context)
    {
        var all = await keys.ListAsync(context.CancellationToken);
        return new ListKeysResponse { Keys = { all.Select(NodeText.Of) } };
    }

    public override async Task<RevokeKeyResponse> RevokeKey(RevokeKeyRequest request, ServerCallContext context)
    {
        // First the act: a record that says "revoked" of a key that still works would mislead. Asked again, it is recorded again.
        if (!KeySecret.TryParseId(request.Id, out _) || !await keys.RevokeAsync(request.Id, time.GetUtcNow(), context.CancellationToken))
        {
            throw GrpcRefusals.ToException(new Refusal(Errors.NotFound, "There is no key of this id.") { Field = "id" });
        }

        await RecordAsync(Leaf(KeyAct.Revoked, request.Id, context), context.CancellationToken);
        return new RevokeKeyResponse();
    }

    private Func<LeafOrigin, Leaf> Leaf(KeyAct act, string id, ServerCallContext context)
    {
        var actor = CallerOf(context).KeyId;
        return origin => new KeyLeaf(origin, act, KeyUse, id, null, actor);
    }

    private async Task RecordAsync(Func<LeafOrigin, Leaf> make, CancellationToken cancellationToken)
    {
        if (await intake.WriteAsync(make, cancellationToken) is null)
        {
            throw GrpcRefusals.ToException(NotRecorded);
        }
    }

    private Caller CallerOf(ServerCallContext context) =>
        callers.Of(context.GetHttpContext()) ?? throw new InvalidOperationException("No caller behind the authentication.");

    /// <summary>A time outside of what a clock can show is one that <see cref="KeyRules"/> refuses.</summary>
    private static DateTimeOffset Time(Timestamp time) =>
        time.Seconds is >= 0 and <= 253_402_300_799 && time.Nanos is >= 0 and < 1_000_000_000 ? time.ToDateTimeOffset() : default;
}
