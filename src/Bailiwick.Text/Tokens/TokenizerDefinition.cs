using System.Text.Json;

namespace Bailiwick.Text.Tokens;

/// <summary>What a tokenizer.json says (the format of the Hugging Face tokenizers library, version 1.0).</summary>
/// <remarks><c>Before</c> and <c>After</c> are the ids that the post-processor puts around a text.</remarks>
internal sealed record TokenizerDefinition(
    IReadOnlyList<AddedToken> Added,
    INormalizer Normalizer,
    IPreTokenizer PreTokenizer,
    ModelDefinition Model,
    DecoderChain Decoder,
    IReadOnlyList<int> Before,
    IReadOnlyList<int> After)
{
    /// <summary>In bytes; the largest published files have about 33 MB.</summary>
    public const int LargestFile = 64 << 20;

    private const int MostAdded = 65_536;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    /// <exception cref="TokenizerNotSupportedException">A component or setting is not known.</exception>
    /// <exception cref="TokenizerFormatException">The file breaks its format or passes a limit.</exception>
    public static TokenizerDefinition Parse(ReadOnlyMemory<byte> json)
    {
        using var document = ParseJson(json, LargestFile, "tokenizer.json");
        var root = new JsonValue(document.RootElement, "");
        var (before, after) = PostProcessorReader.Read(root.Find("post_processor"));
        var model = ModelReader.Read(root.Get("model"));
        return new TokenizerDefinition(
            ReadAdded(root.Find("added_tokens"), model.Ids),
            NormalizerReader.Read(root.Find("normalizer")),
            PreTokenizerReader.Read(root.Find("pre_tokenizer")),
            model,
            DecoderReader.Read(root.Find("decoder")),
            before,
            after);
    }

    internal static JsonDocument ParseJson(ReadOnlyMemory<byte> json, int largest, string name)
    {
        if (json.Length > largest)
        {
            throw new TokenizerFormatException($"{name}: {json.Length} bytes; at most {largest} are read");
        }

        try
        {
            return JsonDocument.Parse(json, Strict);
        }
        catch (JsonException e)
        {
            throw new TokenizerFormatException($"{name}: no valid JSON ({e.Message})", e);
        }
    }

    private static List<AddedToken> ReadAdded(JsonValue? list, Dictionary<string, int> modelIds)
    {
        if (list is not { } tokens)
        {
            return [];
        }

        var added = new List<AddedToken>(tokens.Count(MostAdded));
        var (ids, contents) = (new HashSet<int>(), new HashSet<string>());
        foreach (var item in tokens.Items())
        {
            var token = new AddedToken(
                item.Get("id").Integer(0, Vocabulary.MostTokens - 1),
                item.Get("content").Text(),
                item.Flag("single_word", false),
                item.Flag("lstrip", false),
                item.Flag("rstrip", false),
                item.Flag("normalized", false),
                item.Flag("special", false));
            if (token.Content.Length > Vocabulary.LongestToken)
            {
                throw item.Error($"a token of {token.Content.Length} characters; at most {Vocabulary.LongestToken} are read");
            }

            // The tokenizers library takes the model's id then, against the file; no reader should have to guess.
            if (modelIds.TryGetValue(token.Content, out var id) && id != token.Id)
            {
                throw item.Error($"the model has this text under id {id}");
            }

            // One id under two texts could be a control token under one and plain text under the other.
            if (!ids.Add(token.Id) || !contents.Add(token.Content))
            {
                throw item.Error("an id or a text that another added token has");
            }

            added.Add(token);
        }

        return added;
    }
}
