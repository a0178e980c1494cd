using Bailiwick.Residency.Decisions;
using Bailiwick.Residency.Loading;
using Bailiwick.Residency.Policies;

namespace Bailiwick.Cli.Verbs;

/// <summary>A file that a verb cannot use: its name, and every fault of it.</summary>
internal sealed class RefusedFileException(string file, IReadOnlyList<PolicyFault> faults)
    : Exception($"{file} is refused.")
{
    public string File { get; } = file;

    public IReadOnlyList<PolicyFault> Faults { get; } = faults;

    public RefusedFileException(string file, string sentence)
        : this(file, [new PolicyFault("file", "", 0, sentence)])
    {
    }
}

/// <summary>Reads the files that policy verbs name. All of its failures are <see cref="RefusedFileException"/>.</summary>
internal static class PolicyFiles
{
    // One byte more than any reader takes, so that a larger file is refused as such and never read whole.
    private const int MostBytes = (1 << 20) + 1;

    public static CompiledPolicy Policy(string file)
    {
        var load = PolicyLoader.Load(Bytes(file));
        return load.Policy ?? throw new RefusedFileException(file, load.Faults);
    }

    public static IReadOnlyList<Activation> Activations(string? file)
    {
        if (file is null)
        {
            return [];
        }

        var load = ActivationLoader.Load(Bytes(file));
        return load.Faults.Count == 0 ? load.Activations : throw new RefusedFileException(file, load.Faults);
    }

    public static byte[] Bytes(string file) => Reading(file, () =>
    {
        using var stream = File.OpenRead(file);
        var buffer = new byte[MostBytes];
        var read = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        return buffer[..read];
    });

    public static TextReader Open(string file) => Reading(file, () => File.OpenText(file));

    private static T Reading<T>(string file, Func<T> read)
    {
        if (Directory.Exists(file))
        {
            throw new RefusedFileException(file, "This is a folder; name the file in it.");
        }

        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RefusedFileException(file, $"The file cannot be read: {e.Message}");
        }
    }
}
