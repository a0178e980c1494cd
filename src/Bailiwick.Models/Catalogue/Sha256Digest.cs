using System.Security.Cryptography;
using System.Text;

namespace Bailiwick.Models.Catalogue;

/// <summary>SHA-256 of files and of trees, as lower-case hex.</summary>
internal static class Sha256Digest
{
    private const int BufferBytes = 1 << 20;

    /// <summary>Digest of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="read">Told the bytes of each piece that was read.</param>
    /// <param name="cancel">Looked at between pieces.</param>
    public static string OfFile(string path, Action<long>? read, CancellationToken cancel)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1, FileOptions.SequentialScan);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[BufferBytes];
        for (int count; (count = file.Read(buffer)) > 0;)
        {
            cancel.ThrowIfCancellationRequested();
            hash.AppendData(buffer, 0, count);
            read?.Invoke(count);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>
    /// Digest of a tree: SHA-256 over one line for each file, "path NUL sha256 LF", sorted by path (ordinal).
    /// </summary>
    public static string OfTree(IEnumerable<FileDigest> files) =>
        OfText(string.Concat(files.OrderBy(file => file.Path, StringComparer.Ordinal).Select(file => $"{file.Path}\0{file.Sha256}\n")));

    public static string OfText(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
