using System.Net;
using System.Net.Sockets;

namespace Bailiwick.Tests.Client;

/// <summary>A wire between client and gateway that can fall mute without closing, as a frozen host's does.</summary>
internal sealed class MuteProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Task _accepting;
    private volatile bool _isMute;

    public MuteProxy(Uri target)
    {
        _listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        _accepting = AcceptAsync(target, _end.Token);
    }

    public Uri Address { get; }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Nothing passes any more; the connections stay open.</summary>
    public void FallMute() => _isMute = true;

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _end.Dispose();
    }

    private async Task AcceptAsync(Uri target, CancellationToken cancellationToken)
    {
        var wires = new List<Task>();
        try
        {
            while (true)
            {
                var near = await _listener.AcceptTcpClientAsync(cancellationToken);
                var far = new TcpClient();
                await far.ConnectAsync(IPAddress.Loopback, target.Port, cancellationToken);
                wires.Add(PassAsync(near, far, cancellationToken));
                wires.Add(PassAsync(far, near, cancellationToken));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(wires);
        }
    }

    private async Task PassAsync(TcpClient from, TcpClient to, CancellationToken cancellationToken)
    {
        using var source = from;
        var block = new byte[16 * 1024];
        try
        {
            int read;
            while ((read = await from.GetStream().ReadAsync(block, cancellationToken)) > 0)
            {
                if (!_isMute)
                {
                    await to.GetStream().WriteAsync(block.AsMemory(0, read), cancellationToken);
                }
            }
        }
        catch (Exception ended) when (ended is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // Either side went: so does the wire.
        }
    }
}
