using Bailiwick.Silo.Hosting;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;

namespace Bailiwick.Silo.Audit;

/// <summary>A refusal as a gRPC status with the details that clients read.</summary>
internal static class AuditRefusals
{
    private const string Domain = "bailiwick";

    public static RpcException ToException(Refusal refusal)
    {
        var status = new Google.Rpc.Status { Code = refusal.Row.Grpc, Message = $"{refusal.Sentence} {refusal.Row.Advice}" };
        status.Details.Add(Any.Pack(new ErrorInfo { Domain = Domain, Reason = refusal.Row.Code }));
        if (refusal.RetryAfter is { } wait)
        {
            status.Details.Add(Any.Pack(new RetryInfo { RetryDelay = Duration.FromTimeSpan(wait) }));
        }

        return status.ToRpcException();
    }
}
