using Bailiwick.Silo.Hosting;

namespace Bailiwick.Silo.Api.Auth;

/// <summary>Makes a value of a file's content, or says what is wrong with it.</summary>
internal delegate (T? Value, string? Fault) ReadContent<T>(byte[] content)
    where T : class;

/// <summary>What <see cref="WatchedFiles"/> reads again and again.</summary>
internal interface IWatchedFile
{
    /// <summary>The setting that names the file.</summary>
    string Setting { get; }

    /// <summary>What holds while there is something wrong with it, for operators.</summary>
    string Meanwhile { get; }

    /// <summary>Reads the file as a whole; one owner calls it.</summary>
    /// <returns>What is wrong with it, or null.</returns>
    string? Refresh();
}

/// <summary>
/// A file that decides who is let in. What cannot be read opens nothing: the last content would let in whoever was just taken out of it.
/// </summary>
/// <param name="setting">Its name in the configuration.</param>
/// <param name="path">The file. Replace it by renaming, so that no half of it is read.</param>
/// <param name="most">Longest content, bytes.</param>
/// <param name="read">Reads it.</param>
internal sealed class WatchedFile<T>(string setting, string path, int most, ReadContent<T> read) : IWatchedFile
    where T : class
{
    private byte[]? _content;
    private T? _value;

    public string Setting => setting;

    public string Meanwhile => "whoever it would let in is refused";

    /// <summary>Null = not readable now.</summary>
    public T? Value => Volatile.Read(ref _value);

    public string? Refresh()
    {
        if (!SiloFiles.TryReadGuarded(path, most, out var content, out var fault))
        {
            _content = null;
            Volatile.Write(ref _value, null);
            return fault;
        }

        if (_content is not null && content.AsSpan().SequenceEqual(_content) && _value is not null)
        {
            return null;
        }

        (var value, fault) = read(content);
        _content = content;
        Volatile.Write(ref _value, value);
        return fault;
    }
}
