using System.Runtime.InteropServices;

namespace Bailiwick.Decoder;

/// <summary>
/// A terminal's Ctrl+C and a service manager's stop go to the whole process group. The parent decides what they mean: it
/// cancels turns or drains, and then says Shutdown or closes stdin. Only SIGKILL ends a decoder against its parent.
/// </summary>
internal sealed class GroupSignals : IDisposable
{
    private readonly PosixSignalRegistration[] _ignored =
    [
        .. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT }
            .Select(signal => PosixSignalRegistration.Create(signal, context => context.Cancel = true)),
    ];

    public void Dispose() => Array.ForEach(_ignored, signal => signal.Dispose());
}
