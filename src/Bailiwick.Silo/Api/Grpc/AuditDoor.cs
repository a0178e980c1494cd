using Bailiwick.Evidence;
using Bailiwick.Protocol;
using Bailiwick.Protocol.Audit.V1;
using Bailiwick.Silo.Api.Auth;
using Bailiwick.Silo.Audit;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Turns;
using Google.Protobuf;
using Grpc.Core;
using Npgsql;

namespace Bailiwick.Silo.Api.Grpc;

/// <summary>The door of officers and of everyone who holds a receipt (audit.proto).</summary>
internal sealed class AuditDoor(ICallerAccessor callers, EvidenceReader reader, PackExport export, LogModel model)
    : AuditService.AuditServiceBase
{
    /// <summary>Scope of keys that see the records of all tenants and may export.</summary>
    public const string Scope = "audit";

    private static readonly Refusal Away = new(Errors.AuditUnavailable, "The log cannot be read now.") { RetryAfter = TimeSpan.FromSeconds(1) };
    private static readonly Refusal NotYet = new(Errors.AuditUnavailable, "The record is kept; no signed checkpoint covers it yet.")
    {
        RetryAfter = TimeSpan.FromMilliseconds(200),
    };

    public override async Task<GetProofResponse> GetProof(GetProofRequest request, ServerCallContext context)
    {
        var caller = Caller(context);
        if (request.LeafHash.Length != TreeHash.Length)
        {
            throw GrpcRefusals.ToException(new Refusal(Errors.Invalid, $"leaf_hash has {TreeHash.Length} bytes.") { Field = "leaf_hash" });
        }

        return await ReadAsync(async cancellationToken =>
        {
            var found = await reader.FindAsync(TreeHash.From(request.LeafHash.Span), cancellationToken);
            // A record of another tenant is none: not even that it exists is told.
            if (found is null || !(caller.Scopes.Contains(Scope) || found.Tenant == caller.Label.Tenant))
            {
                throw GrpcRefusals.ToException(new Refusal(Errors.NotFound, "There is no record of this hash that the caller may see."));
            }

            return found.Index is { } index && await reader.ProofAsync(index, cancellationToken) is { } proof
                ? new GetProofResponse { Leaf = UnsafeByteOperations.UnsafeWrap(found.Leaf), Proof = UnsafeByteOperations.UnsafeWrap(proof) }
                : throw GrpcRefusals.ToException(NotYet);
        }, context.CancellationToken);
    }

    public override async Task<GetCheckpointResponse> GetCheckpoint(GetCheckpointRequest request, ServerCallContext context)
    {
        Caller(context);
        return await ReadAsync(
            async cancellationToken => await reader.CheckpointAsync(cancellationToken) is { } note
                ? new GetCheckpointResponse { Checkpoint = UnsafeByteOperations.UnsafeWrap(note), VerifierKey = model.Key.Key.ToString() }
                : throw GrpcRefusals.ToException(NotYet),
            context.CancellationToken);
    }

    public override async Task Export(ExportRequest request, IServerStreamWriter<ExportResponse> responseStream, ServerCallContext context)
    {
        var caller = Caller(context);
        if (!caller.Scopes.Contains(Scope))
        {
            throw GrpcRefusals.ToException(new Refusal(Errors.Scope, "Evidence packs need a key of scope audit."));
        }

        var (made, refusal) = await ReadAsync(token => export.MakeAsync(caller.KeyId, request.Ground, token), context.CancellationToken);
        using var pack = made ?? throw GrpcRefusals.ToException(refusal!);
        await foreach (var piece in PackExport.PiecesAsync(pack, context.CancellationToken))
        {
            await responseStream.WriteAsync(
                new ExportResponse { File = piece.File, Piece = UnsafeByteOperations.UnsafeWrap(piece.Bytes) }, context.CancellationToken);
        }
    }

    private Caller Caller(ServerCallContext context) => callers.Of(context.GetHttpContext())
        ?? throw GrpcRefusals.ToException(new Refusal(Errors.Unauthenticated, "The call has no credential."));

    private static async Task<T> ReadAsync<T>(Func<CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        try
        {
            return await read(cancellationToken);
        }
        catch (Exception problem) when (problem is NpgsqlException or IOException)
        {
            throw GrpcRefusals.ToException(Away);
        }
    }
}
