namespace Bailiwick.Models.Onnx;

/// <summary>
/// The file beside model.onnx that holds the weights. Written front to back, once: a weight goes from its source to the
/// disk through one small buffer.
/// </summary>
internal sealed class ExternalData : IDisposable
{
    /// <summary>Name of the file, as model.onnx names it.</summary>
    public const string FileName = "model.onnx.data";

    // ONNX Runtime maps a tensor straight from the file where it begins on a page; small ones are read anyway.
    private const int PageAlignment = 4096;
    private const int SmallAlignment = 64;
    private const int LargeTensor = 64 * 1024;

    private readonly FileStream _file;

    public ExternalData(string folder) =>
        _file = new FileStream(Path.Combine(folder, FileName), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 20);

    /// <summary>Writes one tensor and says where it lies.</summary>
    /// <param name="length">Bytes that <paramref name="write"/> will write; anything else is a bug of the caller.</param>
    /// <param name="write">Writes the bytes, front to back.</param>
    public long Append(long length, Action<Stream> write)
    {
        var alignment = length >= LargeTensor ? PageAlignment : SmallAlignment;
        var offset = (_file.Position + alignment - 1) / alignment * alignment;
        _file.Position = offset;
        write(_file);
        if (_file.Position - offset != length)
        {
            throw new InvalidOperationException($"A tensor of {length} bytes was written as {_file.Position - offset}.");
        }

        return offset;
    }

    public void Dispose() => _file.Dispose();
}
