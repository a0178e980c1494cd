namespace Bailiwick.Tests.Protocol;

/// <summary>Gives one byte at a time, as a pipe may.</summary>
internal sealed class TrickleStream(byte[] bytes) : MemoryStream(bytes)
{
    public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, 1));
}

/// <summary>A peer that takes nothing until it is disposed.</summary>
internal sealed class StuckStream : MemoryStream
{
    private readonly ManualResetEventSlim _released = new();

    public override void Write(byte[] buffer, int offset, int count) => _released.Wait();

    protected override void Dispose(bool disposing)
    {
        _released.Set();
        base.Dispose(disposing);
    }
}

/// <summary>Survives its owner, so that a test can look at what was written.</summary>
internal sealed class KeptOpen(MemoryStream inner) : Stream
{
    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => inner.Length;

    public override long Position { get => inner.Position; set => throw new NotSupportedException(); }

    public override void Flush() => inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);
}
