using System.Collections.Concurrent;

namespace Bailiwick.Evidence;

/// <summary>Tiles in memory: for small logs, tests and measurements. Thread-safe.</summary>
public sealed class MemoryTileStore : ITileStore
{
    private readonly ConcurrentDictionary<TilePath, byte[]> _tiles = new();

    public ValueTask<ReadOnlyMemory<byte>?> ReadAsync(TilePath path, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_tiles.TryGetValue(path, out var tile) ? tile : default(ReadOnlyMemory<byte>?));

    public ValueTask WriteAsync(TilePath path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var kept = _tiles.GetOrAdd(path, static (_, bytes) => bytes.ToArray(), content);
        return kept.AsSpan().SequenceEqual(content.Span)
            ? ValueTask.CompletedTask
            : throw new InvalidOperationException($"{path} exists with other bytes: a tile never changes.");
    }
}
