using System.Globalization;
using System.Text;
using Bailiwick.Protocol;
using Bailiwick.Silo.Hosting;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;

namespace Bailiwick.Silo.Api.Grpc;

/// <summary>A refusal in gRPC: the row's status, a sentence, and google.rpc details that programs read.</summary>
internal static class GrpcRefusals
{
    public const string Domain = "bailiwick";

    /// <summary>Longest text of one detail, characters: clients bound what trailers may hold (8 KiB in many).</summary>
    private const int LongestDetail = 1500;

    /// <summary>What a service throws.</summary>
    public static RpcException ToException(Refusal refusal) => ToStatus(refusal).ToRpcException();

    public static Google.Rpc.Status ToStatus(Refusal refusal)
    {
        var status = new Google.Rpc.Status { Code = refusal.Row.Grpc, Message = Message(refusal) };
        var info = new ErrorInfo { Domain = Domain, Reason = refusal.Row.Code };
        Add(info, "rules", string.Join(',', refusal.Rules));
        Add(info, "refused_at", refusal.RefusedAt);
        Add(info, "why", string.Join('\n', refusal.Why));
        status.Details.Add(Any.Pack(info));
        if (refusal.Field is { } field)
        {
            status.Details.Add(Any.Pack(new BadRequest
            {
                FieldViolations = { new BadRequest.Types.FieldViolation { Field = field, Description = refusal.Sentence } },
            }));
        }

        if (refusal.RetryAfter is { } wait)
        {
            status.Details.Add(Any.Pack(new RetryInfo { RetryDelay = Duration.FromTimeSpan(wait) }));
        }

        return status;
    }

    /// <summary>Answers before any service has a say, as a response of trailers alone (gRPC over HTTP/2, "Trailers-Only").</summary>
    public static Task WriteAsync(HttpContext context, Refusal refusal, CancellationToken cancellationToken)
    {
        if (context.Request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) is not true)
        {
            // No gRPC client reads this.
            return HttpRefusals.WriteAsync(context, refusal, cancellationToken);
        }

        // A path that does not exist is a method that does not exist.
        var code = refusal.Row == Errors.NotFound ? (int)StatusCode.Unimplemented : refusal.Row.Grpc;
        var status = ToStatus(refusal);
        status.Code = code;
        context.Response.StatusCode = StatusCodes.Status200OK;
        context.Response.ContentType = "application/grpc";
        context.Response.Headers["grpc-status"] = code.ToString(CultureInfo.InvariantCulture);
        context.Response.Headers["grpc-message"] = PercentEncode(status.Message);
        context.Response.Headers["grpc-status-details-bin"] = Convert.ToBase64String(status.ToByteArray()).TrimEnd('=');
        return context.Response.CompleteAsync();
    }

    private static string Message(Refusal refusal) => $"{refusal.Sentence} {refusal.Row.Advice}";

    private static void Add(ErrorInfo info, string key, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            info.Metadata[key] = value.Length <= LongestDetail ? value : value[..LongestDetail];
        }
    }

    /// <summary>Visible ASCII without '%' stays; each other byte of the UTF-8 is %XX.</summary>
    private static string PercentEncode(string text)
    {
        var encoded = new StringBuilder(text.Length);
        foreach (var value in Encoding.UTF8.GetBytes(text))
        {
            if (value is >= 0x20 and <= 0x7e and not (byte)'%')
            {
                encoded.Append((char)value);
            }
            else
            {
                encoded.Append(CultureInfo.InvariantCulture, $"%{value:X2}");
            }
        }

        return encoded.ToString();
    }
}
