namespace Bailiwick.Silo.Api.Auth;

/// <summary>Reads the files that decide who is let in, as often as the keyring reads its table: what is revoked is gone within a second.</summary>
internal sealed class CallerFiles(IEnumerable<IWatchedFile> files, TimeProvider time, ILogger<CallerFiles> log) : BackgroundService
{
    /// <summary>Half of the second within which a change counts.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly List<IWatchedFile> _files = [.. files];
    private readonly HashSet<string> _broken = [];
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

    private void Refresh()
    {
        foreach (var file in _files)
        {
            if (file.Refresh() is { } fault)
            {
                if (_broken.Add(file.Setting))
                {
                    log.CallerFileNotRead(file.Setting, fault);
                }
            }
            else if (_broken.Remove(file.Setting))
            {
                log.CallerFileReadAgain(file.Setting);
            }
        }
    }
}
