using Bailiwick.Protocol;
using Grpc.Core;

namespace Bailiwick.Client;

/// <summary>What to do after a failure: pure, so that its table is a test.</summary>
internal static class Retries
{
    /// <summary>How long to wait before the next gateway is asked; null = the failure is the caller's.</summary>
    /// <param name="failure">What happened.</param>
    /// <param name="isBegun">Whether tokens have arrived: then the answer is worth fighting for.</param>
    /// <param name="failures">Failures in a row, this one included; from 1.</param>
    /// <param name="gateways">Gateways to choose from; from 1.</param>
    /// <param name="options">Limits.</param>
    public static TimeSpan? Wait(BailiwickException failure, bool isBegun, int failures, int gateways, BailiwickClientOptions options)
    {
        // A node's own trouble; the others are answers of the cluster, which another gateway would repeat. That there is no replica is
        // the cluster's answer once every gateway has given it: one alone may see less than the others.
        var isWorthwhile = !failure.IsRefusal || failure.Code == Errors.Draining.Code || failure.Code == Errors.PolicyStale.Code
            || (failure.Code == Errors.NoReplica.Code && failures < gateways)
            || (isBegun && failure.Status == StatusCode.Unavailable);
        if (!isWorthwhile || failures > options.Attempts)
        {
            return null;
        }

        if (failures < gateways)
        {
            return TimeSpan.Zero;
        }

        var wait = options.Backoff * Math.Pow(2, Math.Min((failures / gateways) - 1, 16));
        wait = failure.RetryAfter is { } asked && asked > wait ? asked : wait;
        return wait < options.LongestBackoff ? wait : options.LongestBackoff;
    }
}
