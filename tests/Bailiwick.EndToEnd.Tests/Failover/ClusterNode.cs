using Bailiwick.EndToEnd.Tests.Silo;

namespace Bailiwick.EndToEnd.Tests.Failover;

/// <summary>A machine of the cluster: one configuration, and silo after silo that runs with it.</summary>
internal sealed class ClusterNode(SiloSetup setup, string configuration) : IAsyncDisposable
{
    private readonly List<SiloProcess> _ended = [];
    private SiloProcess? _silo;

    public string Name => setup.Node;

    public Uri Grpc => new($"{Scheme}://127.0.0.1:{setup.Grpc}");

    public Uri Http => new($"{Scheme}://127.0.0.1:{setup.Http}");

    public SiloProcess Silo => _silo ?? throw new InvalidOperationException($"{Name} was not started");

    /// <summary>Everything that its silos printed.</summary>
    public string Output => string.Join(
        '\n', _ended.Append(_silo).OfType<SiloProcess>().Select(silo => $"--- {Name} ({silo.Id})\n{silo.Output}"));

    private string Scheme => setup.Tls is null ? "http" : "https";

    public async Task StartAsync()
    {
        if (_silo is not null)
        {
            _ended.Add(_silo);
        }

        _silo = SiloProcess.Start(configuration, environment: setup.Environment);
        await _silo.JoinedAsync();
    }

    /// <summary>The one process that decodes.</summary>
    public async Task<int> DecoderAsync()
    {
        var children = await Signals.ChildrenAsync(Silo.Id);
        return children.Count == 1 ? children[0] : throw new InvalidOperationException($"{Name} has {children.Count} decoders.");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var silo in _ended.Append(_silo).OfType<SiloProcess>())
        {
            // One that a test has stopped could not be reaped.
            if (!silo.HasEnded)
            {
                Signals.Send(silo.Id, Signals.Continue);
            }

            await silo.DisposeAsync();
        }
    }
}
