using Bailiwick.Models.Gguf;
using Bailiwick.Models.Weights;

namespace Bailiwick.Models.Import;

/// <summary>Reads and checks the tokenizer section of a GGUF file.</summary>
internal sealed class GgufVocabulary
{
    private const string Prefix = "tokenizer.ggml.";

    private readonly GgufMetadata _metadata;
    private readonly string _file;
    private readonly IReadOnlyList<string> _tokens;

    private GgufVocabulary(GgufFile source)
    {
        _metadata = source.Metadata;
        _file = source.Name;
        _tokens = _metadata.GetStrings(Prefix + "tokens");
    }

    /// <exception cref="BadModelException">Something is missing, out of range, or of a kind that is not known.</exception>
    public static VocabularyData Read(GgufFile source) => new GgufVocabulary(source).Read();

    private VocabularyData Read()
    {
        var kind = Kind();
        var eos = Id("eos_token_id");
        var scored = kind != VocabularyKind.ByteLevel;
        var rule = scored ? null : SplittingRules.Named(_file, _metadata.FindString(Prefix + "pre"));
        return new VocabularyData
        {
            Kind = kind,
            Splitting = rule,
            Tokens = UniqueTokens(),
            Kinds = Kinds(),
            Scores = scored ? SameCount("scores", _metadata.GetFloats(Prefix + "scores")) : [],
            Merges = scored ? [] : Merges(),
            Bos = Id("bos_token_id"),
            Eos = eos,
            Unknown = Id("unknown_token_id"),
            Padding = Id("padding_token_id"),
            EndOfAnswer = [.. ((int?[])[eos, Id("eot_token_id"), Id("eom_token_id")]).OfType<int>().Distinct()],
            // What llama.cpp assumes where a file says nothing.
            AddBos = Flag("add_bos_token") ?? rule?.AddsBos ?? kind == VocabularyKind.SentencePiece,
            AddEos = Flag("add_eos_token") ?? kind == VocabularyKind.Unigram,
            AddSpacePrefix = Flag("add_space_prefix") ?? scored,
            RemoveExtraSpaces = Flag("remove_extra_whitespaces") ?? false,
            CharacterMap = CharacterMap(),
            ChatTemplate = _metadata.FindString("tokenizer.chat_template"),
        };
    }

    private VocabularyKind Kind() => _metadata.GetString(Prefix + "model") switch
    {
        "gpt2" => VocabularyKind.ByteLevel,
        "llama" => VocabularyKind.SentencePiece,
        "t5" => VocabularyKind.Unigram,
        var other => throw Refusal($"has a tokenizer of the kind {Quoted.Text(other)}; built are gpt2, llama and t5"),
    };

    private IReadOnlyList<string> UniqueTokens()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var token in _tokens)
        {
            if (!seen.Add(token)) throw Refusal($"has the token {Quoted.Text(token)} twice");
        }

        return _tokens;
    }

    private TokenKind[] Kinds() =>
        [.. SameCount("token_type", _metadata.GetInt32s(Prefix + "token_type")).Select(kind => kind is >= 1 and <= 6
            ? (TokenKind)kind
            : throw Refusal($"has a token of the unknown type {kind}"))];

    private IReadOnlyList<string> Merges()
    {
        var merges = _metadata.GetStrings(Prefix + "merges");
        var known = _tokens.ToHashSet(StringComparer.Ordinal);
        foreach (var merge in merges)
        {
            var space = merge.Length > 2 ? merge.IndexOf(' ', 1) : -1;
            var fits = space > 0 && known.Contains(merge[..space]) && known.Contains(merge[(space + 1)..])
                && known.Contains(merge.Remove(space, 1));
            if (!fits) throw Refusal($"has a merge {Quoted.Text(merge)} whose parts or result are no tokens");
        }

        return merges;
    }

    private ReadOnlyMemory<byte> CharacterMap()
    {
        var values = _metadata.FindInt32s(Prefix + "precompiled_charsmap") ?? [];
        // Published as signed or unsigned bytes.
        return values.All(value => value is >= sbyte.MinValue and <= byte.MaxValue)
            ? values.Select(value => (byte)value).ToArray()
            : throw Refusal($"has something other than bytes under {Prefix}precompiled_charsmap");
    }

    private int? Id(string key) => _metadata.FindUInt32(Prefix + key) switch
    {
        null => null,
        var id when id < _tokens.Count => (int)id,
        var id => throw Refusal($"states {id} under {Prefix}{key}, but it has {_tokens.Count} tokens"),
    };

    private bool? Flag(string key) => _metadata.FindBool(Prefix + key);

    private IReadOnlyList<T> SameCount<T>(string key, IReadOnlyList<T> values) => values.Count == _tokens.Count
        ? values
        : throw Refusal($"has {values.Count} elements under {Prefix}{key} for {_tokens.Count} tokens");

    private BadModelException Refusal(string reason) => new(_file, reason);
}
