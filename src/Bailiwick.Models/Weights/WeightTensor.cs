namespace Bailiwick.Models.Weights;

/// <summary>
/// One tensor of an open <see cref="IWeightSource"/>: what it is, and its stored bytes row by row. A row is a run along
/// the last (fastest) dimension; a tensor without dimensions is one row of one element. Thread-safe for reading while the
/// source is open.
/// </summary>
public sealed class WeightTensor
{
    private readonly MappedFile? _file;
    private readonly long _start;
    private readonly ReadOnlyMemory<byte> _memory;

    /// <summary>A tensor inside a mapped file.</summary>
    internal WeightTensor(string name, TensorType type, IReadOnlyList<long> shape, MappedFile file, long start)
        : this(name, type, shape)
    {
        _file = file;
        _start = start;
    }

    /// <summary>A tensor in memory, for weights that were computed and not read.</summary>
    /// <exception cref="ArgumentException">The type cannot have this shape, or the bytes are not exactly as many as
    /// type and shape say.</exception>
    public WeightTensor(string name, TensorType type, IReadOnlyList<long> shape, ReadOnlyMemory<byte> bytes)
        : this(name, type, shape)
    {
        if (bytes.Length != ByteCount)
        {
            throw new ArgumentException($"{name} has {ByteCount} bytes, not {bytes.Length}.", nameof(bytes));
        }

        _memory = bytes;
    }

    private WeightTensor(string name, TensorType type, IReadOnlyList<long> shape)
    {
        if (TensorShape.Fault(type, shape) is { } fault) throw new ArgumentException($"{name} {fault}.", nameof(shape));
        var layout = BlockLayout.Of(type);
        Name = name;
        Type = type;
        Shape = shape;
        RowLength = shape.Count == 0 ? 1 : shape[^1];
        RowCount = shape.SkipLast(1).Aggregate(1L, (count, dimension) => count * dimension);
        RowBytes = RowLength / layout.Elements * layout.Bytes;
    }

    /// <summary>Name as the file spells it; untrusted text.</summary>
    public string Name { get; }

    /// <summary>How the elements are stored.</summary>
    public TensorType Type { get; }

    /// <summary>Row-major, outermost dimension first: [N, K] for a matrix of N rows. GGUF's reversed order is turned round.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>Elements of one row: the last dimension.</summary>
    public long RowLength { get; }

    /// <summary>Rows: the product of all dimensions but the last.</summary>
    public long RowCount { get; }

    /// <summary>Stored bytes of one row.</summary>
    public long RowBytes { get; }

    /// <summary>Elements of the whole tensor.</summary>
    public long ElementCount => RowCount * RowLength;

    /// <summary>Stored bytes of the whole tensor; may exceed 2 GB.</summary>
    public long ByteCount => RowCount * RowBytes;

    /// <summary>The raw stored bytes of whole rows. The span points into the file's memory map: it must not be kept, and
    /// not be touched after the source is disposed.</summary>
    /// <param name="firstRow">First row, from 0.</param>
    /// <param name="count">Number of rows; <paramref name="count"/> x <see cref="RowBytes"/> must fit a span (2^31 - 1).</param>
    /// <exception cref="ArgumentOutOfRangeException">The rows are not all inside the tensor, or too many for one span.</exception>
    /// <exception cref="ObjectDisposedException">The source was disposed.</exception>
    public ReadOnlySpan<byte> Rows(long firstRow, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstRow);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstRow, RowCount - count);
        var length = count * RowBytes;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, int.MaxValue, nameof(count));
        return _file is null
            ? _memory.Span.Slice((int)(firstRow * RowBytes), (int)length)
            : _file.Bytes(_start + firstRow * RowBytes, (int)length);
    }
}
