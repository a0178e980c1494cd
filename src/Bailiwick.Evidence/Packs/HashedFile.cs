using System.Security.Cryptography;

namespace Bailiwick.Evidence;

/// <summary>A file of a pack while it is written: counts and hashes what goes in.</summary>
internal sealed class HashedFile(string name, Stream stream) : IAsyncDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _length;

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        _hash.AppendData(bytes.Span);
        _length += bytes.Length;
        await stream.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The file's line in the manifest, once all is written.</summary>
    public PackFileEntry Entry() => new(name, _length, TreeHash.From(_hash.GetHashAndReset()));

    public async ValueTask DisposeAsync()
    {
        _hash.Dispose();
        await stream.DisposeAsync().ConfigureAwait(false);
    }
}
