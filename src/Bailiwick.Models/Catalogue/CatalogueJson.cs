using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Bailiwick.Models.Weights;

namespace Bailiwick.Models.Catalogue;

/// <summary>Reads and writes the catalogue's JSON: unknown, missing and repeated keys are refused.</summary>
internal static class CatalogueJson
{
    private const int MaxBytes = 1 << 20;

    private static readonly JsonSerializerOptions Options = new(JsonSerializerOptions.Strict)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        IndentSize = 2,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false) },
    };

    /// <exception cref="BadModelException">Absent, a link, too large, or not of the expected form.</exception>
    public static T Read<T>(string path)
    {
        var info = new FileInfo(path);
        if (info.LinkTarget is not null)
        {
            throw new BadModelException(info.Name, "is a symbolic link; only regular files are read");
        }
        if (!info.Exists) throw new BadModelException(info.Name, "does not exist");
        if (info.Length > MaxBytes)
        {
            throw new BadModelException(info.Name, $"has {info.Length} bytes; at most {MaxBytes} are read");
        }
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllBytes(path), Options)
                ?? throw new BadModelException(info.Name, "is null, not an object");
        }
        catch (JsonException fault)
        {
            throw new BadModelException(info.Name,
                $"is not of the expected form at {Quoted.Text(fault.Path ?? "$")} (line {fault.LineNumber + 1})");
        }
    }

    /// <summary>Replaces the file in one step.</summary>
    public static void Write<T>(string path, T value) =>
        AtomicFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(value, Options));
}
