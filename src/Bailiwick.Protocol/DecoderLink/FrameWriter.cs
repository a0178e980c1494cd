using System.Security.Cryptography;
using Google.Protobuf;

namespace Bailiwick.Protocol.Decoder;

/// <summary>
/// Writes frames to a stream from any thread: <see cref="TryWrite"/> serialises into a buffer and returns, one thread
/// writes what has gathered. So a frame is never interleaved, a peer that does not read blocks nobody, and the tokens
/// of one step leave together. The message may be reused once TryWrite has returned. Frames hold prompts and answers: what has left,
/// or never will, is wiped.
/// </summary>
public sealed class FrameWriter : IDisposable
{
    /// <summary>PIPE_BUF of Linux (pipe(7)): a pipe that is writable takes so many bytes without blocking.</summary>
    private const int BytesAtOnce = 4096;

    private const int KeptBytes = 1024 * 1024;

    // A monitor, not a semaphore: a semaphore spins before it sleeps, which costs more than the frame (measured).
    private readonly object _gate = new();
    private readonly Stream _stream;
    private readonly Func<bool>? _isWritable;
    private readonly int _maxPendingBytes;
    private byte[] _pending = new byte[16 * 1024];
    private byte[] _writing = new byte[16 * 1024];
    private int _pendingBytes;
    private int _writingBytes;
    private long _written;
    private bool _wanted;
    private bool _closed;

    /// <param name="stream">Written by nobody else; closed with the writer, which the peer sees as end of file.</param>
    /// <param name="name">Of the thread, for operators.</param>
    /// <param name="isWritable">
    /// Whether 4096 bytes would be taken without blocking; does not block itself. With it <see cref="Flush"/> spares itself the
    /// wake-up of the writing thread, which costs more than the write.
    /// </param>
    /// <param name="maxPendingBytes">Bytes that may wait for a peer that does not read; beyond it the writer breaks.</param>
    public FrameWriter(Stream stream, string name, Func<bool>? isWritable = null, int maxPendingBytes = 64 * 1024 * 1024)
    {
        (_stream, _isWritable) = (stream, isWritable);
        _maxPendingBytes = maxPendingBytes;
        new Thread(WriteAll) { IsBackground = true, Name = name }.Start();
    }

    /// <summary>Why nothing can be written any more; null while all is well or after a plain close.</summary>
    public Exception? Broken { get; private set; }

    /// <summary>Queues one frame. False when the writer is closed or broken: the frame is dropped then.</summary>
    /// <param name="message">Serialised before this returns.</param>
    /// <param name="hold">The frame need not leave before the next one that is not held, or <see cref="Flush"/>.</param>
    public bool TryWrite(IMessage message, bool hold = false)
    {
        ArgumentNullException.ThrowIfNull(message);
        lock (_gate)
        {
            if (_closed)
            {
                return false;
            }

            var size = message.CalculateSize();
            var needed = _pendingBytes + size + CodedOutputStream.ComputeUInt32Size((uint)size);
            if (needed > _maxPendingBytes)
            {
                Break(new FrameException($"the other side does not read: {_pendingBytes} bytes wait"));
                return false;
            }

            if (needed > _pending.Length)
            {
                var grown = new byte[Math.Max(needed, 2 * _pending.Length)];
                _pending.AsSpan(0, _pendingBytes).CopyTo(grown);
                Wipe(_pending, _pendingBytes);
                _pending = grown;
            }

            _pendingBytes += WriteLength(_pending.AsSpan(_pendingBytes), (uint)size);
            message.WriteTo(_pending.AsSpan(_pendingBytes, size));
            _pendingBytes += size;
            if (!hold)
            {
                Wake();
            }

            return true;
        }
    }

    /// <summary>Lets the frames leave that are held.</summary>
    public void Flush()
    {
        lock (_gate)
        {
            var isIdle = !_wanted && !_closed && _writingBytes == 0;
            if (isIdle && _pendingBytes is > 0 and <= BytesAtOnce && _isWritable?.Invoke() == true)
            {
                WriteHere();
            }
            else
            {
                Wake();
            }
        }
    }

    /// <summary>Waits until the frames that are queued now have been handed to the operating system; later ones do not count.</summary>
    /// <param name="limit">For each write that must end first, of which there are two at most.</param>
    /// <returns>False when the limit passed first, or the writer broke.</returns>
    public bool Drain(TimeSpan limit)
    {
        lock (_gate)
        {
            Wake();
            var target = _written + _writingBytes + _pendingBytes;
            while (_written < target && Broken is null)
            {
                if (!Monitor.Wait(_gate, limit))
                {
                    return false;
                }
            }

            return Broken is null;
        }
    }

    /// <summary>Takes no more frames, lets the queued ones leave, then closes the stream; returns at once.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
        }
    }

    private static int WriteLength(Span<byte> target, uint length)
    {
        var written = 0;
        for (; length >= 0x80; length >>= 7)
        {
            target[written++] = (byte)(length | 0x80);
        }

        target[written++] = (byte)length;
        return written;
    }

    private void WriteAll()
    {
        try
        {
            for (var bytes = NextBatch(); bytes > 0; bytes = NextBatch())
            {
                try
                {
                    _stream.Write(_writing, 0, bytes);
                    _stream.Flush();
                }
                finally
                {
                    Wipe(_writing, bytes);
                }
            }

            _stream.Dispose();
        }
        catch (Exception problem) when (problem is IOException or ObjectDisposedException or UnauthorizedAccessException)
        {
            lock (_gate)
            {
                Break(problem);
            }
        }
    }

    // Takes what has gathered; 0 when the writer is closed and empty.
    private int NextBatch()
    {
        lock (_gate)
        {
            _written += _writingBytes;
            _writingBytes = 0;
            Monitor.PulseAll(_gate);
            while (!_wanted && !_closed)
            {
                Monitor.Wait(_gate);
            }

            _wanted = false;

            (_pending, _writing) = (_writing, _pending);
            if (_pending.Length > KeptBytes)
            {
                _pending = new byte[KeptBytes];
            }

            (_writingBytes, _pendingBytes) = (_pendingBytes, 0);
            return _writingBytes;
        }
    }

    private void WriteHere()
    {
        try
        {
            _stream.Write(_pending, 0, _pendingBytes);
            _stream.Flush();
            _written += _pendingBytes;
            Wipe(_pending, _pendingBytes);
            _pendingBytes = 0;
        }
        catch (Exception problem) when (problem is IOException or ObjectDisposedException or UnauthorizedAccessException)
        {
            Break(problem);
        }
    }

    // One wake-up for all that gathers until the writing thread comes.
    private void Wake()
    {
        if (!_wanted && _pendingBytes > 0)
        {
            _wanted = true;
            Monitor.PulseAll(_gate);
        }
    }

    private void Break(Exception problem)
    {
        Broken ??= problem;
        _closed = true;
        Wipe(_pending, _pendingBytes);
        _pendingBytes = 0;
        Monitor.PulseAll(_gate);
    }

    private static void Wipe(byte[] buffer, int used) => CryptographicOperations.ZeroMemory(buffer.AsSpan(0, used));
}
