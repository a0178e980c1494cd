using Grpc.Core;

namespace Bailiwick.Client;

/// <summary>
/// Watches one gateway while one call waits for it: after a silence it is asked for its health over the same connection, and any
/// answer, a refusal too, is a sign of life. Ends the call where none comes. Its loop is the only one that asks.
/// </summary>
internal sealed class GatewayWatch : IAsyncDisposable
{
    private static readonly Marshaller<byte[]> Raw = Marshallers.Create(bytes => bytes, bytes => bytes);

    /// <summary>grpc.health.v1; an empty message asks for the gateway as a whole.</summary>
    private static readonly Method<byte[], byte[]> Check = new(MethodType.Unary, "grpc.health.v1.Health", "Check", Raw, Raw);

    private readonly CallInvoker _invoker;
    private readonly Metadata _credential;
    private readonly BailiwickClientOptions _options;
    private readonly CancellationTokenSource _ended;
    private readonly Task _watching;
    private long _heard;
    private volatile bool _isLost;

    public GatewayWatch(CallInvoker invoker, Metadata credential, BailiwickClientOptions options, CancellationToken cancellationToken)
    {
        (_invoker, _credential, _options) = (invoker, credential, options);
        _ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Heard();
        _watching = WatchAsync(_ended.Token);
    }

    /// <summary>For the watched call; cancelled where the gateway is lost, or the caller leaves.</summary>
    public CancellationToken Token => _ended.Token;

    /// <summary>Something arrived.</summary>
    public void Heard() => Interlocked.Exchange(ref _heard, _options.Time.GetTimestamp());

    /// <summary>What a failed call means to the caller.</summary>
    public BailiwickException Failure(RpcException problem) => _isLost ? BailiwickException.Lost(problem) : BailiwickException.Of(problem);

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync().ConfigureAwait(false);
        await _watching.ConfigureAwait(false);
        _ended.Dispose();
    }

    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var heard = Interlocked.Read(ref _heard);
            var rest = _options.ProbeAfter - _options.Time.GetElapsedTime(heard);
            if (rest > TimeSpan.Zero)
            {
                await Task.Delay(rest, _options.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            else if (await AnswersAsync(cancellationToken).ConfigureAwait(false) || Interlocked.Read(ref _heard) != heard)
            {
                Heard();
            }
            else if (!cancellationToken.IsCancellationRequested)
            {
                _isLost = true;
                await _ended.CancelAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Whether the gateway says anything at all. A broken connection is not for us to tell: the call sees it too.</summary>
    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_options.ProbeLimit, _options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using var call = _invoker.AsyncUnaryCall(Check, null, new CallOptions(_credential, cancellationToken: either.Token), []);
        try
        {
            await call.ResponseAsync.ConfigureAwait(false);
            return true;
        }
        catch (RpcException)
        {
            return !limit.IsCancellationRequested;
        }
    }
}
