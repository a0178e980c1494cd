using System.Globalization;
using System.Threading.RateLimiting;
using Bailiwick.Protocol;
using Bailiwick.Silo.Hosting;

namespace Bailiwick.Silo.Turns;

/// <summary>A limit of the configuration.</summary>
/// <param name="Tenant">Whose turns it counts.</param>
/// <param name="PerKey">One for each credential of the tenant, or one for all of them together.</param>
/// <param name="Requests">A minute; null = no limit.</param>
/// <param name="Tokens">A minute; null = no limit.</param>
internal sealed record LimitModel(string Tenant, bool PerKey, int? Requests, int? Tokens);

/// <summary>What is left of a limit.</summary>
/// <param name="Limit">A minute.</param>
/// <param name="Remaining">Now.</param>
internal readonly record struct LimitState(int Limit, long Remaining)
{
    /// <summary>Until the limit is whole again.</summary>
    public TimeSpan Reset => TimeSpan.FromMinutes((double)(Limit - Remaining) / Limit);
}

/// <summary>
/// Limits of tenants and their credentials: token buckets that fill evenly over a minute. Requests are turns, and new conversations. Tokens are counted when a turn begins, as what
/// it asks for: a quarter of the prompt's bytes, and the longest answer that it allows (256 where it names none). What was said before in a
/// conversation is not counted: nobody has read it then. What a refused turn took stays taken. Each gateway counts for itself: behind N gateways a caller gets up to N times as much.
/// </summary>
internal sealed class TurnLimits : IDisposable
{
    /// <summary>Bytes of a prompt for one token, where none has been counted yet.</summary>
    private const int BytesPerToken = 4;

    /// <summary>Longest answer where the request names none (decoder.proto, max_tokens).</summary>
    private const int UsualAnswer = 256;

    private readonly List<Bucket> _buckets;

    public TurnLimits(IReadOnlyList<LimitModel> limits) => _buckets =
    [
        .. from limit in limits where limit.Requests is not null select new Bucket(limit, limit.Requests!.Value, IsTokens: false),
        .. from limit in limits where limit.Tokens is not null select new Bucket(limit, limit.Tokens!.Value, IsTokens: true),
    ];

    /// <summary>Counts a turn.</summary>
    /// <returns>Null where it may begin.</returns>
    public Refusal? Take(Caller caller, TurnRequest request)
    {
        foreach (var bucket in Of(caller))
        {
            if (bucket.Take(caller, bucket.IsTokens ? Tokens(request) : 1) is { } refusal)
            {
                return refusal;
            }
        }

        return null;
    }

    /// <summary>Counts a request that is no turn and leaves something behind.</summary>
    /// <returns>Null where it may be served.</returns>
    public Refusal? TakeRequest(Caller caller) =>
        Of(caller).Where(bucket => !bucket.IsTokens).Select(bucket => bucket.Take(caller, 1)).FirstOrDefault(refusal => refusal is not null);

    /// <summary>What the caller has left, the least of all limits that count; null where none does.</summary>
    public (LimitState? Requests, LimitState? Tokens) StateOf(Caller caller) => (Least(caller, isTokens: false), Least(caller, isTokens: true));

    public void Dispose() => _buckets.ForEach(bucket => bucket.Dispose());

    /// <summary>Those that count for a caller. None for the gateway's probe: it has to see whether turns work, not whether a tenant has some left.</summary>
    private IEnumerable<Bucket> Of(Caller caller) =>
        caller.KeyId == ProbeTurn.KeyId ? [] : _buckets.Where(bucket => bucket.Limit.Tenant == caller.Label.Tenant);

    private static int Tokens(TurnRequest request) =>
        (int)Math.Min(
            int.MaxValue,
            ((long)request.PromptBytes / BytesPerToken) + (request.Submit.MaxTokens > 0 ? request.Submit.MaxTokens : UsualAnswer));

    private LimitState? Least(Caller caller, bool isTokens) =>
        Of(caller).Where(bucket => bucket.IsTokens == isTokens)
            .Select(bucket => (LimitState?)bucket.StateOf(caller)).MinBy(state => state!.Value.Remaining);

    private sealed record Bucket(LimitModel Limit, int PerMinute, bool IsTokens) : IDisposable
    {
        // Forgets who has not asked for so long that the bucket is full again.
        private readonly PartitionedRateLimiter<string> _limiter = PartitionedRateLimiter.Create<string, string>(
            name => RateLimitPartition.GetTokenBucketLimiter(name, _ => Options(PerMinute)), StringComparer.Ordinal);

        private string Whose => Limit.PerKey ? "key" : "tenant";

        private string What => IsTokens ? "tokens" : "requests";

        public Refusal? Take(Caller caller, int count)
        {
            if (count > PerMinute)
            {
                return new Refusal(Errors.TooLarge, string.Create(
                    CultureInfo.InvariantCulture, $"The request asks for up to {count} tokens; the limit of this {Whose} is {PerMinute} tokens a minute."));
            }

            using var lease = _limiter.AttemptAcquire(Name(caller), count);
            return lease.IsAcquired ? null : new Refusal(Errors.Quota, string.Create(
                CultureInfo.InvariantCulture, $"The limit of this {Whose}, {PerMinute} {What} a minute, is used up."))
            {
                RetryAfter = lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : StateOf(caller).Reset,
            };
        }

        public LimitState StateOf(Caller caller) =>
            new(PerMinute, _limiter.GetStatistics(Name(caller))?.CurrentAvailablePermits ?? PerMinute);

        public void Dispose() => _limiter.Dispose();

        private string Name(Caller caller) => Limit.PerKey ? caller.KeyId : "";

        /// <summary>Fills in steps of about a second, or of one request where those come more rarely.</summary>
        private static TokenBucketRateLimiterOptions Options(int perMinute)
        {
            var step = Math.Max(1, perMinute / 60);
            return new TokenBucketRateLimiterOptions
            {
                TokenLimit = perMinute,
                TokensPerPeriod = step,
                ReplenishmentPeriod = TimeSpan.FromMinutes((double)step / perMinute),
                QueueLimit = 0,
            };
        }
    }
}
