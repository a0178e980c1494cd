using System.Text;
using System.Text.Json;
using Bailiwick.Models.Families;
using Bailiwick.Models.Weights;

namespace Bailiwick.Models.Import;

/// <summary>The tokenizer files of a published checkpoint: checked for form here, copied as they are, and tried out
/// by the
/// caller's check.</summary>
internal sealed class CheckpointTokenizer
{
    public const int MaxConfigBytes = 1 << 20;
    private const int MaxTokenizerBytes = 64 << 20;
    private const int MaxTemplateBytes = 1 << 20;

    private readonly ModelSource _source;
    private readonly JsonFields _tokenizer;
    private readonly JsonFields _tokenizerConfig;
    private readonly Dictionary<int, string> _controls = [];

    private CheckpointTokenizer(ModelSource source)
    {
        _source = source;
        _tokenizer = JsonFields.Read(PathOf(TokenizerJson.FileName), MaxTokenizerBytes);
        _tokenizerConfig = JsonFields.Read(PathOf(TokenizerConfigJson.FileName), MaxTokenizerBytes);
        LargestId = Math.Max(LargestVocabularyId(_tokenizer.Object("model")), ReadAddedTokens());
        Template = ReadTemplate();
    }

    /// <summary>Largest id of a token.</summary>
    public int LargestId { get; }

    /// <summary>The chat template, or null.</summary>
    public string? Template { get; }

    /// <exception cref="BadModelException">A file is missing, too large or of another form.</exception>
    public static CheckpointTokenizer Read(ModelSource source) => new(source);

    /// <summary>Ids by name, from generation_config.json where it is there, else from config.json.</summary>
    /// <exception cref="BadModelException">No id ends an answer, or one is out of range.</exception>
    public GenerationTokens Tokens(JsonFields config)
    {
        var path = PathOf("generation_config.json");
        var generation = File.Exists(path) ? JsonFields.Read(path, MaxConfigBytes) : config;
        var end = Ids(generation, "eos_token_id") is { Count: > 0 } own ? own : Ids(config, "eos_token_id");
        if (end.Count == 0)
        {
            throw new BadModelException(config.File, "names no token that ends an answer ('eos_token_id')");
        }
        return GenerationTokens.Choose(
            First(generation, config, "bos_token_id"), end, [First(generation, config, "pad_token_id")], _controls, Template);
    }

    /// <summary>Copies the files; a template that stood in tokenizer_config.json gets a file of its own.</summary>
    public void Write(string folder)
    {
        PlainCopy.Of(PathOf(TokenizerJson.FileName), Path.Combine(folder, TokenizerJson.FileName));
        PlainCopy.Of(PathOf(TokenizerConfigJson.FileName), Path.Combine(folder, TokenizerConfigJson.FileName));
        if (Template is { } template)
        {
            File.WriteAllText(
                Path.Combine(folder, TokenizerConfigJson.TemplateFileName), template, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        }
    }

    private static int LargestVocabularyId(JsonFields model)
    {
        var vocabulary = model.Element.TryGetProperty("vocab", out var value) ? value : default;
        return vocabulary.ValueKind switch
        {
            JsonValueKind.Array => vocabulary.GetArrayLength() - 1,
            JsonValueKind.Object => vocabulary.EnumerateObject().Select(token => Id(model, token.Value)).DefaultIfEmpty(-1).Max(),
            _ => throw model.Wrong("vocab", "is neither an object nor a list"),
        };
    }

    private static int Id(JsonFields model, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var id) && id >= 0
            ? id
            : throw model.Wrong("vocab", "holds an id that is not a non-negative integer");

    private int ReadAddedTokens()
    {
        var largest = -1;
        if (!_tokenizer.Element.TryGetProperty("added_tokens", out var added) || added.ValueKind != JsonValueKind.Array) return largest;
        foreach (var token in added.EnumerateArray())
        {
            if (token.ValueKind != JsonValueKind.Object)
            {
                throw _tokenizer.Wrong("added_tokens", "holds something other than objects");
            }
            var fields = _tokenizer.Item("added_tokens", token);
            var id = (int)fields.Integer("id", 0, DecoderShape.MaxVocabulary);
            largest = Math.Max(largest, id);
            if (fields.OptionalBoolean("special") == true) _controls[id] = fields.Text("content");
        }

        return largest;
    }

    private string? ReadTemplate()
    {
        var path = PathOf(TokenizerConfigJson.TemplateFileName);
        if (File.Exists(path)) return TextOf(path);
        if (!_tokenizerConfig.Element.TryGetProperty("chat_template", out var value) || value.ValueKind == JsonValueKind.Null) return null;
        if (value.ValueKind == JsonValueKind.String) return _tokenizerConfig.Text("chat_template");
        if (value.ValueKind != JsonValueKind.Array)
        {
            throw _tokenizerConfig.Wrong("chat_template", "is neither a string nor a list");
        }
        // A list of named templates: the one for plain chats is called "default".
        return value.EnumerateArray()
            .Where(item => item.ValueKind == JsonValueKind.Object)
            .Select(item => _tokenizerConfig.Item("chat_template", item))
            .FirstOrDefault(item => item.OptionalText("name") == "default")?.Text("template");
    }

    private static string TextOf(string path)
    {
        var info = new FileInfo(path);
        if (info.Length > MaxTemplateBytes)
        {
            throw new BadModelException(info.Name, $"has {info.Length} bytes; at most {MaxTemplateBytes} are read");
        }
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(File.ReadAllBytes(path));
        }
        catch (DecoderFallbackException)
        {
            throw new BadModelException(info.Name, "is not UTF-8 text");
        }
    }

    private static IReadOnlyList<int> Ids(JsonFields fields, string key) =>
        fields.Integers(key, 0, DecoderShape.MaxVocabulary);

    private static int? First(JsonFields generation, JsonFields config, string key) =>
        Ids(generation, key).Concat(Ids(config, key)).Select(id => (int?)id).FirstOrDefault();

    private string PathOf(string name) => Path.Combine(_source.Folder, name);
}
