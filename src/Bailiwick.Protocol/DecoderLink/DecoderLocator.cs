namespace Bailiwick.Protocol.Decoder;

/// <summary>Finds the decoder executable.</summary>
public static class DecoderLocator
{
    /// <summary>File name of the executable.</summary>
    public const string FileName = "bailiwick-decoder";

    /// <summary>Environment variable that names the executable's file.</summary>
    public const string Variable = "BAILIWICK_DECODER";

    /// <summary>
    /// The first that is given: <paramref name="option"/>, the variable, a file in the folder `decoder` beside the running
    /// executable (where the build puts it), a file beside it. A given name that is no file is an error, never passed over.
    /// </summary>
    /// <exception cref="FileNotFoundException">There is none; the message names the places.</exception>
    public static string Find(string? option)
    {
        if (option is { Length: > 0 })
        {
            return Given(option, "the decoder option");
        }

        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
        {
            return Given(named, Variable);
        }

        string[] places =
        [
            Path.Combine(AppContext.BaseDirectory, "decoder", FileName), Path.Combine(AppContext.BaseDirectory, FileName),
        ];
        return Array.Find(places, File.Exists)
            ?? throw new FileNotFoundException($"No decoder executable: neither {string.Join(" nor ", places)} exists, and {Variable} is not set.");
    }

    private static string Given(string path, string giver) => File.Exists(path)
        ? Path.GetFullPath(path)
        : throw new FileNotFoundException($"No decoder executable: {giver} names {path}, which is not a file.");
}
