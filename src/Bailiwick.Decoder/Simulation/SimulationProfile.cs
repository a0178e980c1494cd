using System.Text.Json;
using System.Text.Json.Serialization;
using Bailiwick.Decoder.Loop;
using Bailiwick.Protocol;

namespace Bailiwick.Decoder.Simulation;

/// <summary>How a simulated decoder behaves. A JSON file in snake_case; unknown members are refused.</summary>
internal sealed record SimulationProfile
{
    private static readonly JsonSerializerOptions Strict = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>Steps a second; each step gives every turn of the batch one token. 0 = as fast as the machine can. Default 100.</summary>
    public double StepsPerSecond { get; init; } = 100;

    /// <summary>Prompt tokens a second. 0 = at once. Default 600.</summary>
    public double PrefillTokensPerSecond { get; init; } = 600;

    /// <summary>Turns in one step; 1 is a loop that steps its turns one after the other. Default 1; 1 to 4096.</summary>
    public int Batch { get; init; } = 1;

    /// <summary>Tokens after which an answer stops by itself. 0 = only at max_tokens. Default 0.</summary>
    public int AnswerTokens { get; init; }

    /// <summary>Context length, tokens. Default 8192; 2 to 16777216.</summary>
    public int ContextTokens { get; init; } = 8192;

    /// <summary>Token ids are 0 to this, exclusive. Default 49152; 2 to 16777216.</summary>
    public int Vocabulary { get; init; } = 49152;

    /// <summary>Time between Load and Ready, ms. Default 0; up to 3600000.</summary>
    public int LoadMs { get; init; }

    /// <summary>Arguments, JSON text, by the function that is called with them (<see cref="SimulatedCall"/>). Default none.</summary>
    public IReadOnlyDictionary<string, string> Calls { get; init; } = new Dictionary<string, string>();

    /// <summary>Reads a profile.</summary>
    /// <exception cref="DecoderProblemException">The file is missing, malformed or out of range; the sentence says which.</exception>
    public static SimulationProfile Read(string path)
    {
        try
        {
            var profile = JsonSerializer.Deserialize<SimulationProfile>(File.ReadAllBytes(path), Strict)
                ?? throw Refused(path, "it is null");
            return profile.Fault() is { } fault ? throw Refused(path, fault) : profile;
        }
        catch (Exception problem) when (problem is JsonException or IOException or UnauthorizedAccessException)
        {
            throw Refused(path, problem is JsonException json ? $"no such member or value at {json.Path}" : "it cannot be read");
        }
    }

    private string? Fault() => this switch
    {
        { StepsPerSecond: < 0 or > 1e9 } => "steps_per_second must lie between 0 and 1e9",
        { PrefillTokensPerSecond: < 0 or > 1e9 } => "prefill_tokens_per_second must lie between 0 and 1e9",
        { Batch: < 1 or > 4096 } => "batch must lie between 1 and 4096",
        { AnswerTokens: < 0 } => "answer_tokens must not be negative",
        { ContextTokens: < 2 or > 1 << 24 } => "context_tokens must lie between 2 and 16777216",
        { Vocabulary: < 2 or > 1 << 24 } => "vocabulary must lie between 2 and 16777216",
        { LoadMs: < 0 or > 3_600_000 } => "load_ms must lie between 0 and 3600000",
        _ => null,
    };

    private static DecoderProblemException Refused(string path, string why) =>
        new(Errors.Invalid, $"The simulation profile {Path.GetFileName(path)} is refused: {why}.");
}
