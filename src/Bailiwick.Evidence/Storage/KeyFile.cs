using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Bailiwick.Evidence.Storage;

/// <summary>
/// A private key on disk: one line, mode 0600 or 0400, owned by the user that reads it, no link. A file that others
/// could read or replace is refused, since nobody can tell who signed with it.
/// </summary>
public static class KeyFile
{
    private const int MaxBytes = 4096;
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Reads and checks a key file.</summary>
    public static bool TryRead(
        string path, [NotNullWhen(true)] out SigningKey? key, [NotNullWhen(false)] out Fault? fault)
    {
        key = null;
        if (!OperatingSystem.IsLinux())
        {
            fault = new Fault(FaultCode.SigningKey, "key files are checked on Linux only: their owner cannot be told here", path);
            return false;
        }

        try
        {
            if (new FileInfo(path).LinkTarget is not null)
            {
                fault = new Fault(FaultCode.SigningKey, "is a link", path);
                return false;
            }

            using var file = File.OpenHandle(path);
            fault = (File.GetUnixFileMode(file) & ~Owner) != 0
                ? new Fault(FaultCode.SigningKey, "can be used by others: its mode must be 0600 or 0400 (chmod 600)", path)
                : LinuxFile.IsOurs(file) ? null : new Fault(FaultCode.SigningKey, "belongs to another user", path);
            if (fault is not null)
            {
                return false;
            }

            var buffer = new byte[MaxBytes];
            var text = Encoding.UTF8.GetString(buffer, 0, RandomAccess.Read(file, buffer, 0));
            if (SigningKey.TryParse(text.TrimEnd('\n'), out key, out fault))
            {
                return true;
            }

            fault = fault.In(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            fault = new Fault(FaultCode.SigningKey, "cannot be read: " + error.Message, path);
        }

        return false;
    }

    /// <summary>Writes a new key file with mode 0600.</summary>
    /// <exception cref="IOException">The file exists: a key is never overwritten.</exception>
    /// <exception cref="PlatformNotSupportedException">Not a Unix system.</exception>
    public static void Create(string path, SigningKey key)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("Key files need a file mode of 0600.");
        }

        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = Owner };
        using var file = new FileStream(path, options);
        file.Write(Encoding.UTF8.GetBytes(key.ToPrivateText() + "\n"));
        file.Flush(flushToDisk: true);
    }
}
