using System.Buffers;
using System.Security.Cryptography;
using Google.Protobuf;

namespace Bailiwick.Protocol.Decoder;

/// <summary>
/// Reads frames (a varint length, then that many bytes: protobuf's delimited form) from a stream.
/// Blocking and single-threaded: each side gives it a thread of its own, so a token costs no scheduling. Frames hold prompts and answers:
/// one is wiped when the next is asked for.
/// </summary>
/// <param name="stream">Read by nobody else. Not owned.</param>
/// <param name="maxFrameBytes">Largest accepted payload, bytes; a longer length is refused before anything is allocated.</param>
public sealed class FrameReader(Stream stream, int maxFrameBytes = FrameReader.DefaultMaxFrameBytes) : IDisposable
{
    /// <summary>16 MiB: a prompt of a million tokens fits, a corrupt length does not.</summary>
    public const int DefaultMaxFrameBytes = 16 * 1024 * 1024;

    private const int InitialBytes = 16 * 1024;
    private const int MaxLengthBytes = 5;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(InitialBytes);
    private int _wiped;
    private int _start;
    private int _end;

    /// <summary>Whether the next frame is here already, so that <see cref="TryRead"/> will not wait.</summary>
    public bool HasNext => TryReadLength(out var length, out var header) && _end - _start - header >= length;

    /// <summary>Waits for the next frame.</summary>
    /// <param name="payload">The frame's bytes, valid until the next call.</param>
    /// <returns>False when the stream ended between two frames.</returns>
    /// <exception cref="FrameException">The length is malformed or too large, or the stream ended inside a frame.</exception>
    public bool TryRead(out ReadOnlySpan<byte> payload)
    {
        payload = default;
        CryptographicOperations.ZeroMemory(_buffer.AsSpan(_wiped, _start - _wiped));
        _wiped = _start;
        int header;
        uint length;
        while (!TryReadLength(out length, out header))
        {
            if (!Fill())
            {
                return _start == _end ? false : throw new FrameException("the stream ended inside a frame's length") { IsTruncation = true };
            }
        }

        if (length > maxFrameBytes)
        {
            throw new FrameException($"a frame of {length} bytes exceeds the limit of {maxFrameBytes}");
        }

        Reserve(header + (int)length);
        while (_end - _start < header + (int)length)
        {
            if (!Fill())
            {
                throw new FrameException($"the stream ended after {_end - _start - header} of a frame's {length} bytes")
                {
                    IsTruncation = true,
                };
            }
        }

        payload = _buffer.AsSpan(_start + header, (int)length);
        _start += header + (int)length;
        return true;
    }

    /// <summary>Parses a payload as one message.</summary>
    /// <exception cref="FrameException">The bytes are not such a message.</exception>
    public static T Parse<T>(MessageParser<T> parser, ReadOnlySpan<byte> payload)
        where T : IMessage<T>
    {
        ArgumentNullException.ThrowIfNull(parser);
        try
        {
            return parser.ParseFrom(payload);
        }
        catch (InvalidProtocolBufferException problem)
        {
            throw new FrameException($"a frame of {payload.Length} bytes is not a {typeof(T).Name}", problem);
        }
    }

    public void Dispose()
    {
        var buffer = Interlocked.Exchange(ref _buffer, []);
        if (buffer.Length > 0)
        {
            // Nothing of them stays in a pool.
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    private bool TryReadLength(out uint length, out int header)
    {
        length = 0;
        for (header = 0; header < _end - _start;)
        {
            var current = _buffer[_start + header];
            length |= (uint)(current & 0x7F) << (7 * header);
            header++;
            if (current < 0x80)
            {
                return header < MaxLengthBytes || current <= 0x0F
                    ? true
                    : throw new FrameException("a frame's length does not fit 32 bits");
            }

            if (header == MaxLengthBytes)
            {
                throw new FrameException("a frame's length is longer than five bytes");
            }
        }

        return false;
    }

    private bool Fill()
    {
        if (_start == _end)
        {
            (_wiped, _start, _end) = (0, 0, 0);
        }

        Reserve(_end - _start + 1);
        var read = stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        return read > 0;
    }

    // Makes room for `bytes` from _start on: moves what is there to the front, grows when that does not suffice.
    private void Reserve(int bytes)
    {
        if (_buffer.Length - _start >= bytes && _end < _buffer.Length)
        {
            return;
        }

        var kept = _end - _start;
        var target = _buffer.Length >= bytes ? _buffer : ArrayPool<byte>.Shared.Rent(bytes);
        _buffer.AsSpan(_start, kept).CopyTo(target);
        if (target != _buffer)
        {
            ArrayPool<byte>.Shared.Return(_buffer, clearArray: true);
            _buffer = target;
        }
        else
        {
            CryptographicOperations.ZeroMemory(_buffer.AsSpan(kept, _start));
        }

        (_wiped, _start, _end) = (0, 0, kept);
    }
}
