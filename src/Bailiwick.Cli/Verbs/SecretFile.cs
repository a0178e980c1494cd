namespace Bailiwick.Cli.Verbs;

/// <summary>A file that is its owner's alone from its first byte on.</summary>
internal static class SecretFile
{
    /// <exception cref="IOException">The file is there already.</exception>
    public static async Task WriteAsync(string path, string secret, CancellationToken cancellationToken)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        await using var file = new StreamWriter(path, options);
        await file.WriteLineAsync(secret.AsMemory(), cancellationToken);
    }
}
