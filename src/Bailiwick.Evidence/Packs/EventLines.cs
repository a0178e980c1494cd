namespace Bailiwick.Evidence;

/// <summary>
/// Reads the events of a pack line by line, each at most as long as a leaf, with one buffer for all of them. The file is
/// not trusted: neither its length nor that it has any newline. Not thread-safe; the caller owns the stream.
/// </summary>
public sealed class EventLines(Stream stream)
{
    private readonly byte[] _buffer = new byte[4 * (Leaf.MaxBytes + 1)];
    private int _start;
    private int _end;

    /// <summary>Lines read so far.</summary>
    public ulong Number { get; private set; }

    /// <summary>The line without its newline; valid until the next call.</summary>
    public ReadOnlyMemory<byte> Line { get; private set; }

    /// <summary>Why reading ended before the end of the file; null if it did not.</summary>
    public Fault? Fault { get; private set; }

    /// <summary>Goes to the next line; false at the end, and then <see cref="Fault"/> says whether it was the file's.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public async ValueTask<bool> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var length = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (length >= 0)
            {
                Line = _buffer.AsMemory(_start, length);
                _start += length + 1;
                Number++;
                return true;
            }

            if (_end - _start > Leaf.MaxBytes)
            {
                Fault = new Fault(FaultCode.PackEvents, "is longer than a leaf may be", $"line {Number + 1}");
                return false;
            }

            if (!await FillAsync(cancellationToken).ConfigureAwait(false))
            {
                Fault = _end > _start ? new Fault(FaultCode.PackEvents, "has no newline at its end", $"line {Number + 1}") : null;
                return false;
            }
        }
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        var count = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
        _end += count;
        return count > 0;
    }
}
