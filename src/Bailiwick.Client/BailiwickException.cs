using System.Net.Sockets;
using Bailiwick.Protocol;
using Bailiwick.Protocol.Receipts;
using Google.Rpc;
using Grpc.Core;

namespace Bailiwick.Client;

/// <summary>
/// The cluster refused a call, or could not be reached. The message is a sentence for people; <see cref="Code"/> is for programs
/// (the table is <see cref="Errors"/>; also <see cref="Unreachable"/>). Holds no payload and no credential.
/// </summary>
public sealed class BailiwickException : Exception
{
    /// <summary>Code where no gateway could be reached, or the connection was lost more often than the options allow.</summary>
    public const string Unreachable = "unreachable";

    private const string LostText = "The gateway cannot be reached, or the connection to it was lost.";

    /// <summary>Domain of our rows in google.rpc.ErrorInfo.</summary>
    internal const string Domain = "bailiwick";

    internal BailiwickException(string code, string message, Exception? inner = null)
        : base(message, inner) => Code = code;

    /// <summary>Stable snake_case code.</summary>
    public string Code { get; }

    /// <summary>The status that the HTTP door gives for it, 400 to 504.</summary>
    public int Http { get; private init; } = 503;

    /// <summary>gRPC status.</summary>
    public Grpc.Core.StatusCode Status { get; private init; } = Grpc.Core.StatusCode.Unavailable;

    /// <summary>Ids of the rules that decided, `!…` for built-in reasons; empty where no policy spoke.</summary>
    public IReadOnlyList<string> Rules { get; private init; } = [];

    /// <summary>Why, rule by rule, in the policy's words; empty where no policy spoke.</summary>
    public IReadOnlyList<string> Why { get; private init; } = [];

    /// <summary>When it may be worth trying again, as measured by the cluster; null where waiting does not help.</summary>
    public TimeSpan? RetryAfter { get; private init; }

    /// <summary>Field of the request that is wrong; null where it is not a field.</summary>
    public string? Field { get; private init; }

    /// <summary>Receipt of what did leave before the call failed; null if nothing did or its outcome is not durable.</summary>
    public Receipt? Receipt { get; private init; }

    /// <summary>Whether the cluster itself spoke; false: the connection broke, or something between answered.</summary>
    internal bool IsRefusal { get; private init; }

    /// <summary>Nobody answered.</summary>
    internal static BailiwickException Lost(Exception? problem) =>
        new(Unreachable, LostText, problem);

    internal static BailiwickException Of(RpcException problem)
    {
        var rich = problem.GetRpcStatus();
        var info = rich?.GetDetail<ErrorInfo>();
        var row = info is { Domain: Domain } ? Errors.All.FirstOrDefault(entry => entry.Code == info.Reason) : null;
        // A gateway's own UNAVAILABLE carries details; one without is the way's.
        var isLost = rich is null && IsTransport(problem);
        row ??= isLost ? null : Errors.All.FirstOrDefault(entry => entry.Grpc == (int)problem.StatusCode) ?? Errors.Internal;
        return new BailiwickException(
            info is { Domain: Domain } ? info.Reason : row?.Code ?? Unreachable,
            isLost ? LostText : problem.Status.Detail,
            problem)
        {
            Http = row?.Http ?? 503,
            Status = problem.StatusCode,
            Rules = Words(info, "rules", ',', ' '),
            Why = Words(info, "why", '\n'),
            RetryAfter = rich?.GetDetail<RetryInfo>()?.RetryDelay?.ToTimeSpan(),
            Field = rich?.GetDetail<BadRequest>()?.FieldViolations.FirstOrDefault()?.Field ?? Words(info, "field", '\n').FirstOrDefault(),
            Receipt = Receipt.TryParse(problem.Trailers.GetValue(Receipt.Trailer), out var receipt) ? receipt : null,
            IsRefusal = !isLost,
        };
    }

    /// <summary>A failure of the way, not an answer of the cluster.</summary>
    private static bool IsTransport(RpcException problem)
    {
        if (problem.StatusCode == Grpc.Core.StatusCode.Unavailable)
        {
            return true;
        }

        for (var cause = problem.Status.DebugException; cause is not null; cause = cause.InnerException)
        {
            if (cause is IOException or HttpRequestException or SocketException)
            {
                return true;
            }
        }

        return false;
    }

    private static string[] Words(ErrorInfo? info, string name, params char[] between) =>
        info is not null && info.Metadata.TryGetValue(name, out var text)
            ? text.Split(between, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            : [];
}
