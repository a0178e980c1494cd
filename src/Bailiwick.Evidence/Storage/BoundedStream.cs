namespace Bailiwick.Evidence.Storage;

/// <summary>Reading files of unknown length into memory without trusting their length.</summary>
public static class BoundedStream
{
    private const int Chunk = 64 * 1024;

    /// <summary>All bytes, or the first <paramref name="most"/> + 1 of them, so that the reader sees that there are too many.</summary>
    public static async Task<ReadOnlyMemory<byte>> ReadBoundedAsync(
        this Stream stream, int most, CancellationToken cancellationToken)
    {
        using var buffer = new MemoryStream();
        var chunk = new byte[Math.Min(Chunk, most + 1)];
        while (buffer.Length <= most)
        {
            var wanted = (int)Math.Min(chunk.Length, most + 1 - buffer.Length);
            var count = await stream.ReadAsync(chunk.AsMemory(0, wanted), cancellationToken).ConfigureAwait(false);
            if (count == 0)
            {
                break;
            }

            buffer.Write(chunk, 0, count);
        }

        return buffer.ToArray();
    }
}
