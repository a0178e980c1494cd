using Grpc.Core;
using Grpc.Net.Client;

namespace Bailiwick.Client;

/// <summary>
/// The connections to the gateways, one each, and which of them is in use. Thread-safe: calls of one client share them, and the first
/// that loses a gateway moves all to the next.
/// </summary>
internal sealed class Gateways : IDisposable
{
    /// <summary>.NET looks at its own pings once a second, so shorter ones find nothing sooner.</summary>
    private static readonly TimeSpan Ping = TimeSpan.FromSeconds(1);

    private readonly BailiwickClientOptions _options;
    private readonly GrpcChannel[] _channels;
    private readonly Uri[] _addresses;
    private readonly Metadata _credential;
    private int _current;

    public Gateways(BailiwickClientOptions options)
    {
        options.Check();
        _options = options;
        _addresses = [.. options.Gateways];
        _credential = options.Key is { } key ? [new Metadata.Entry("authorization", "Bearer " + key)] : [];
        _channels = [.. _addresses.Select(address => GrpcChannel.ForAddress(address, new GrpcChannelOptions
        {
            HttpHandler = Handler(options),
            DisposeHttpClient = true,
            MaxReceiveMessageSize = 16 * 1024 * 1024,
        }))];
    }

    public int Count => _channels.Length;

    /// <summary>The gateway in use.</summary>
    public int Current => Volatile.Read(ref _current);

    public Uri Address(int gateway) => _addresses[gateway];

    public CallInvoker Invoker(int gateway) => _channels[gateway].CreateCallInvoker();

    public CallOptions Options(CancellationToken cancellationToken) => new(_credential, cancellationToken: cancellationToken);

    /// <summary>The same for a request that may be sent again under this key.</summary>
    public CallOptions Options(string idempotencyKey, CancellationToken cancellationToken) =>
        new([.. _credential, new Metadata.Entry("idempotency-key", idempotencyKey)], cancellationToken: cancellationToken);

    /// <summary>Watches a gateway while a call waits for it: the call takes the watch's token.</summary>
    public GatewayWatch Watch(int gateway, CancellationToken cancellationToken) =>
        new(Invoker(gateway), _credential, _options, cancellationToken);

    /// <summary>Goes on to the gateway after this one, unless another call has already left it.</summary>
    public void Leave(int gateway) => Interlocked.CompareExchange(ref _current, (gateway + 1) % Count, gateway);

    public void Dispose() => Array.ForEach(_channels, channel => channel.Dispose());

    private static SocketsHttpHandler Handler(BailiwickClientOptions options) => new()
    {
        // Only what was named is asked (DESIGN.md section 1, air gap): a proxy of the environment would see the payload.
        UseProxy = false,
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = TimeSpan.FromSeconds(5),
        PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
        EnableMultipleHttp2Connections = true,
        // Not how a call learns of a loss (GatewayWatch is sooner): it throws the dead connection away.
        KeepAlivePingDelay = Ping,
        KeepAlivePingTimeout = options.ProbeLimit > Ping ? options.ProbeLimit : Ping,
        KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        SslOptions = GatewayTls.Of(options.Authority, options.Certificate),
    };
}
