using Bailiwick.Silo.Api.Auth;

namespace Bailiwick.Silo.Api.Tokens;

/// <summary>Tells operations why tokens are refused, without letting whoever sends them fill the log: each reason once in ten seconds.</summary>
internal sealed class TokenRefusals(TimeProvider time, ILogger<TokenRefusals> log)
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);

    private readonly long[] _last = new long[Enum.GetValues<TokenFault>().Length];

    public void Saw(TokenFault fault)
    {
        var (now, last) = (time.GetTimestamp(), Volatile.Read(ref _last[(int)fault]));
        if ((last == 0 || time.GetElapsedTime(last, now) > Quiet) && Interlocked.CompareExchange(ref _last[(int)fault], now, last) == last)
        {
            log.TokenRefused(fault);
        }
    }
}
