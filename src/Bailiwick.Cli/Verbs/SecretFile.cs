namespace Bailiwick.Cli.Verbs;

/// <summary>A file that is its owner's alone from its first byte on.</summary>
internal static class SecretFile
{
    /// <exception cref="IOException">The file is there already.</exception>
    public static async Task WriteAsync(string path, string secret, CancellationToken cancellationToken)
    {
        await using var file = new StreamWriter(path, Options());
        await file.WriteLineAsync(secret.AsMemory(), cancellationToken);
    }

    /// <summary>The same for a text that has its lines already.</summary>
    /// <exception cref="IOException">The file is there already.</exception>
    public static void Write(string path, string text)
    {
        using var file = new StreamWriter(path, Options());
        file.Write(text);
    }

    private static FileStreamOptions Options()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }
}
