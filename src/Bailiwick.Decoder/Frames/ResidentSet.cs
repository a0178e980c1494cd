using System.Buffers.Text;
using Microsoft.Win32.SafeHandles;

namespace Bailiwick.Decoder.Frames;

/// <summary>The process's resident set, read without allocation: a heartbeat must not be what fills the heap.</summary>
internal sealed class ResidentSet : IDisposable
{
    private readonly SafeFileHandle _statm = File.OpenHandle("/proc/self/statm");

    /// <summary>Bytes: the second field of /proc/self/statm is in pages (proc(5)).</summary>
    public long Read()
    {
        Span<byte> text = stackalloc byte[128];
        text = text[..RandomAccess.Read(_statm, text, fileOffset: 0)];
        var second = text[(text.IndexOf((byte)' ') + 1)..];
        return Utf8Parser.TryParse(second, out long pages, out _) ? pages * Environment.SystemPageSize : 0;
    }

    public void Dispose() => _statm.Dispose();
}
