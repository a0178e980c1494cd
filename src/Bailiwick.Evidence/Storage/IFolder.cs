namespace Bailiwick.Evidence.Storage;

/// <summary>
/// A folder of files by relative name with forward slashes, such as <c>tile/0/x001/067</c>. The port through which
/// packs and logs are read and written; on disk it is <see cref="DiskFolder"/>.
/// </summary>
public interface IFolder
{
    /// <summary>Names of all files, in ordinal order, including what cannot be opened (links, odd names).</summary>
    /// <exception cref="IOException">The folder cannot be listed.</exception>
    IReadOnlyList<string> List();

    /// <summary>Opens a file from its beginning, as a stream that knows its length; null if there is no plain file of that name.</summary>
    /// <exception cref="IOException">It is there and cannot be read.</exception>
    Stream? OpenRead(string name);

    /// <summary>Creates or replaces a file; its folders are made. The caller disposes the stream.</summary>
    /// <exception cref="ArgumentException">A name that leads outside or holds other than letters, digits and <c>._-</c>.</exception>
    Stream Create(string name);
}
