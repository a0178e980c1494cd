using System.Text.Json;
using System.Text.Json.Serialization;

namespace Bailiwick.Silo.Hosting;

/// <summary>Reads the configuration: one JSON object, comments allowed, nothing guessed.</summary>
internal static class SiloFile
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,
        PreferredObjectCreationHandling = JsonObjectCreationHandling.Populate,
    };

    /// <returns>The settings as written, or one fault that names the file.</returns>
    public static (SiloOptions? Options, string? Fault) Read(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            var options = JsonSerializer.Deserialize<SiloOptions>(stream, Json);
            return (options, options is null ? $"{Path.GetFileName(file)}: holds no settings." : null);
        }
        catch (JsonException problem)
        {
            // The message of the library may repeat values; place and key are enough.
            return (null, $"{Path.GetFileName(file)}, line {problem.LineNumber + 1}: {problem.Path ?? "$"} is not JSON of the expected form.");
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return (null, $"{Path.GetFileName(file)}: {problem.Message}");
        }
    }
}
