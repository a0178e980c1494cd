using System.Text.Json;
using Bailiwick.Decoder.Loop;
using Bailiwick.Protocol;

namespace Bailiwick.Decoder.GenAi;

/// <summary>A model folder whose genai_config.json has been checked, and what the loop needs to know of it.</summary>
/// <param name="Directory">Full path.</param>
/// <param name="ContextTokens">Tokens a sequence may hold.</param>
/// <param name="Vocabulary">Width of the logits.</param>
/// <param name="StopIds">Tokens that end a turn; at least one.</param>
internal sealed record GenAiFolder(string Directory, int ContextTokens, int Vocabulary, IReadOnlyList<int> StopIds)
{
    private const string ConfigName = "genai_config.json";
    private const long LargestConfig = 1024 * 1024;
    private const int LargestVocabulary = 4 * 1024 * 1024;
    private const int LargestContext = 16 * 1024 * 1024;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    /// <exception cref="DecoderProblemException">The sentence names the file and the reason.</exception>
    internal static GenAiFolder Read(string directory)
    {
        var path = Path.Combine(Path.GetFullPath(directory), ConfigName);
        using var document = Parse(path);
        if (GenAiConfigKeys.FirstFault(document.RootElement) is { } fault)
        {
            throw Refused(path, fault);
        }

        return Facts(path, document.RootElement);
    }

    private static JsonDocument Parse(string path)
    {
        RequirePlainFile(path);
        try
        {
            return JsonDocument.Parse(File.ReadAllBytes(path), Strict);
        }
        catch (JsonException problem)
        {
            throw Refused(path, $"it is not JSON without duplicate keys (line {problem.LineNumber + 1})");
        }
    }

    private static void RequirePlainFile(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            throw Refused(path, "there is no such file");
        }

        if (file.LinkTarget is not null)
        {
            throw Refused(path, "it is a link");
        }

        if (file.Name == ConfigName && file.Length > LargestConfig)
        {
            throw Refused(path, $"it has {file.Length} bytes, at most {LargestConfig} are read");
        }
    }

    private static GenAiFolder Facts(string path, JsonElement root)
    {
        if (!root.TryGetProperty("model", out var model) || !model.TryGetProperty("decoder", out var decoder)
            || !decoder.TryGetProperty("filename", out var fileName))
        {
            throw Refused(path, "model.decoder.filename is absent");
        }

        var directory = Path.GetDirectoryName(path)!;
        RequirePlainFile(Path.Combine(directory, fileName.GetString()!));
        var vocabulary = Bounded(path, model, "vocab_size", LargestVocabulary);
        var context = Bounded(path, model, "context_length", LargestContext);
        return new GenAiFolder(directory, context, vocabulary, StopIdsOf(path, model, vocabulary));
    }

    private static int Bounded(string path, JsonElement model, string key, int most)
    {
        if (!model.TryGetProperty(key, out var value))
        {
            throw Refused(path, $"model.{key} is absent");
        }

        var number = value.GetInt32();
        return number >= 2 && number <= most
            ? number
            : throw Refused(path, $"model.{key} is {number}, outside 2 to {most}");
    }

    private static int[] StopIdsOf(string path, JsonElement model, int vocabulary)
    {
        if (!model.TryGetProperty("eos_token_id", out var value))
        {
            throw Refused(path, "model.eos_token_id is absent");
        }

        int[] ids = value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Select(static id => id.GetInt32())]
            : [value.GetInt32()];
        return ids.Length > 0 && ids.All(id => id >= 0 && id < vocabulary)
            ? ids
            : throw Refused(path, $"model.eos_token_id is empty or outside 0 to {vocabulary - 1}");
    }

    private static DecoderProblemException Refused(string path, string reason) =>
        new(Errors.Invalid, $"{path} was refused: {reason}.");
}
