namespace Bailiwick.Models.Import;

/// <summary>Algorithm of a vocabulary.</summary>
internal enum VocabularyKind
{
    /// <summary>Byte-level BPE with merges ("gpt2").</summary>
    ByteLevel,

    /// <summary>SentencePiece BPE with scores and byte fallback ("llama").</summary>
    SentencePiece,

    /// <summary>SentencePiece Unigram ("t5").</summary>
    Unigram,
}

/// <summary>What a token is; the numbers are those of tokenizer.ggml.token_type.</summary>
internal enum TokenKind
{
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6,
}

/// <summary>A vocabulary as the metadata of a GGUF file state it.</summary>
internal sealed record VocabularyData
{
    public required VocabularyKind Kind { get; init; }

    /// <summary>How text is cut before merging; only byte-level vocabularies have a rule.</summary>
    public required SplittingRule? Splitting { get; init; }

    /// <summary>Text of each id; no text twice.</summary>
    public required IReadOnlyList<string> Tokens { get; init; }

    /// <summary>Kind of each id.</summary>
    public required IReadOnlyList<TokenKind> Kinds { get; init; }

    /// <summary>Score of each id; empty for byte-level vocabularies.</summary>
    public required IReadOnlyList<float> Scores { get; init; }

    /// <summary>"left right" by rank; empty where they follow from the scores.</summary>
    public required IReadOnlyList<string> Merges { get; init; }

    public required int? Bos { get; init; }

    public required int? Eos { get; init; }

    public required int? Unknown { get; init; }

    public required int? Padding { get; init; }

    /// <summary>Ids that end an answer: eos first, then end-of-turn and end-of-message where the file names
    /// them.</summary>
    public required IReadOnlyList<int> EndOfAnswer { get; init; }

    public required bool AddBos { get; init; }

    public required bool AddEos { get; init; }

    /// <summary>Whether a space is put before the text (SentencePiece).</summary>
    public required bool AddSpacePrefix { get; init; }

    /// <summary>Whether runs of spaces count as one (Unigram).</summary>
    public required bool RemoveExtraSpaces { get; init; }

    /// <summary>SentencePiece's compiled normalisation rules, or empty.</summary>
    public required ReadOnlyMemory<byte> CharacterMap { get; init; }

    /// <summary>The published chat template, or null.</summary>
    public required string? ChatTemplate { get; init; }
}
