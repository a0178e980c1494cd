using System.Text.Json.Nodes;
using Bailiwick.Models.Weights;

namespace Bailiwick.Models.Import;

/// <summary>How a byte-level vocabulary cuts text before it merges.</summary>
/// <param name="Patterns">Regular expressions applied one after another, each match a piece of its own; empty: the GPT-2 rule.</param>
/// <param name="SingleDigits">Whether every digit is a piece.</param>
/// <param name="WholeWords">Whether a piece that is a token is taken without merging.</param>
/// <param name="ComposeFirst">Whether text is normalised to NFC first.</param>
/// <param name="AddsBos">Whether a file that says nothing about it means a beginning-of-sequence token.</param>
internal sealed record SplittingRule(
    IReadOnlyList<string> Patterns, bool SingleDigits = false, bool WholeWords = false, bool ComposeFirst = false, bool AddsBos = false);

/// <summary>
/// The splitting rules by the names that GGUF files use (tokenizer.ggml.pre). Sources: the tokenizer.json that each family
/// publishes; for "default", the rule that llama.cpp applies under this name.
/// </summary>
internal static class SplittingRules
{
    private const string Endings = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
    private const string Rest = @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Upper = @"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]";
    private const string Lower = @"[\p{Ll}\p{Lm}\p{Lo}\p{M}]";
    private const string RestWithSlash = @"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Gpt2Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private static readonly SplittingRule Gpt2 = new([]);
    private static readonly SplittingRule Digits = new([], SingleDigits: true);
    private static readonly SplittingRule Llama3 =
        new([Endings + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}" + Rest], WholeWords: true, AddsBos: true);
    private static readonly SplittingRule Qwen2 =
        new([Endings + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}" + Rest], ComposeFirst: true);

    private static readonly SplittingRule Gpt4o = new([
        $@"[^\r\n\p{{L}}\p{{N}}]?{Upper}*{Lower}+{Endings}?|[^\r\n\p{{L}}\p{{N}}]?{Upper}+{Lower}*{Endings}?|\p{{N}}{{1,3}}" + RestWithSlash]);

    private static readonly SplittingRule Tekken = new([
        $@"[^\r\n\p{{L}}\p{{N}}]?{Upper}*{Lower}+|[^\r\n\p{{L}}\p{{N}}]?{Upper}+{Lower}*|\p{{N}}" + RestWithSlash],
        WholeWords: true, AddsBos: true);

    private static readonly SplittingRule Default =
        new([@"[\p{P}\$\+<=>\^~\|]+", Gpt2Pattern, @"\p{N}+", "[0-9][0-9][0-9]"]);

    private static readonly Dictionary<string, SplittingRule> ByName = new(StringComparer.Ordinal)
    {
        ["default"] = Default,
        ["gpt-2"] = Gpt2,
        ["smollm"] = Digits,
        ["starcoder"] = Digits,
        ["refact"] = Digits,
        ["command-r"] = Digits,
        ["llama-bpe"] = Llama3,
        ["llama3"] = Llama3,
        ["llama-v3"] = Llama3,
        ["qwen2"] = Qwen2,
        ["deepseek-r1-qwen"] = Qwen2,
        ["gpt-4o"] = Gpt4o,
        ["llama4"] = Gpt4o,
        ["tekken"] = Tekken,
    };

    /// <exception cref="BadModelException">The name is unknown: a guessed rule would give other tokens than the model learned.</exception>
    public static SplittingRule Named(string file, string? name)
    {
        if (name is null)
        {
            throw new BadModelException(file,
                "lacks 'tokenizer.ggml.pre', which names the splitting rule of its tokenizer");
        }
        return ByName.TryGetValue(name, out var rule)
            ? rule
            : throw new BadModelException(file,
                $"asks for the tokenizer splitting rule {Quoted.Text(name)}, which is not known; "
                + $"known are {string.Join(", ", ByName.Keys.Order(StringComparer.Ordinal))}");
    }

    /// <summary>The rule as the `pre_tokenizer` of tokenizer.json.</summary>
    public static JsonObject PreTokenizer(SplittingRule rule)
    {
        var steps = new JsonArray();
        if (rule.SingleDigits) steps.Add(new JsonObject { ["type"] = "Digits", ["individual_digits"] = true });
        foreach (var pattern in rule.Patterns)
        {
            steps.Add(new JsonObject
            {
                ["type"] = "Split",
                ["pattern"] = new JsonObject { ["Regex"] = pattern },
                ["behavior"] = "Isolated",
                ["invert"] = false,
            });
        }

        steps.Add(new JsonObject
        {
            ["type"] = "ByteLevel",
            ["add_prefix_space"] = false,
            ["trim_offsets"] = true,
            ["use_regex"] = rule.Patterns.Count == 0,
        });
        return new JsonObject { ["type"] = "Sequence", ["pretokenizers"] = steps };
    }
}
