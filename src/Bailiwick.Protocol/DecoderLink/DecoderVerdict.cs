using System.Text.Json;

namespace Bailiwick.Protocol.Decoder;

/// <summary>What `bailiwick-decoder --check` says about a model folder: one line of JSON on its stdout.</summary>
/// <param name="Accepted">Tokenizer and template can be used.</param>
/// <param name="Problem">Why not, a sentence that names file and reason; null when accepted.</param>
/// <param name="ChatTemplate">The folder has a chat template.</param>
/// <param name="Warnings">What an operator should know, e.g. a template whose turn border holds no control token.</param>
public sealed record DecoderVerdict(bool Accepted, string? Problem, bool ChatTemplate, IReadOnlyList<string> Warnings)
{
    /// <summary>Its form: snake_case, unknown members refused.</summary>
    public static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
    };
}
