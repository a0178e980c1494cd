namespace Bailiwick.Silo.Api.Auth;

/// <summary>
/// Reads the files that decide who is let in, and the pair that the doors show, as often as the keyring reads its table: what is revoked is
/// gone within a second, what is renewed is shown.
/// </summary>
internal sealed class WatchedFiles(IEnumerable<IWatchedFile> files, TimeProvider time, ILogger<WatchedFiles> log) : BackgroundService
{
    /// <summary>Half of the second within which a change counts.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly List<IWatchedFile> _files = [.. files];
    private readonly Dictionary<string, string> _faults = [];
    private readonly PeriodicTimer _timer = new(Interval, time);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        Refresh();
        return base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _timer.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (_files.Count > 0 && await _timer.WaitForNextTickAsync(stoppingToken))
        {
            Refresh();
        }
    }

    /// <summary>Each fault is told once, not twice a second.</summary>
    private void Refresh()
    {
        foreach (var file in _files)
        {
            if (file.Refresh() is not { } fault)
            {
                if (_faults.Remove(file.Setting))
                {
                    log.FileReadAgain(file.Setting);
                }
            }
            else if (_faults.GetValueOrDefault(file.Setting) != fault)
            {
                _faults[file.Setting] = fault;
                log.FileNotUsed(file.Setting, fault, file.Meanwhile);
            }
        }
    }
}
