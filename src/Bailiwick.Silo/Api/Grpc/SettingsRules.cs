using Bailiwick.Protocol.Inference.V1;

namespace Bailiwick.Silo.Api.Grpc;

/// <summary>
/// The ranges that inference.proto states. The decoder has them too; here they name the field, and only here does a zero that was
/// sent differ from one that was not.
/// </summary>
internal static class SettingsRules
{
    public const ulong SeedLimit = 1UL << 53;
    public const int MostStops = 16;
    public const int LongestStop = 256;

    /// <summary>The first field out of its range: its path and what is needed; null = none.</summary>
    public static (string Field, string Sentence)? Fault(Settings settings) =>
        Numbers(settings) ?? Counts(settings) ?? Texts(settings);

    private static (string, string)? Numbers(Settings settings)
    {
        // Written so that NaN, which compares with nothing, is out of every range.
        (bool Bad, string Field, string Range)[] rules =
        [
            (settings.HasTemperature && !(settings.Temperature is >= 0 and <= 2), "temperature", "must lie between 0 and 2."),
            (settings.HasTopP && !(settings.TopP is > 0 and <= 1), "top_p", "must lie above 0 and at most at 1."),
            (settings.HasMinP && !(settings.MinP is >= 0 and < 1), "min_p", "must lie between 0 and below 1."),
            (settings.HasRepetitionPenalty && !(settings.RepetitionPenalty is > 0 and <= 10), "repetition_penalty", "must lie above 0 and at most at 10."),
            (settings.HasFrequencyPenalty && !(settings.FrequencyPenalty is >= -2 and <= 2), "frequency_penalty", "must lie between -2 and 2."),
            (settings.HasPresencePenalty && !(settings.PresencePenalty is >= -2 and <= 2), "presence_penalty", "must lie between -2 and 2."),
            (!settings.LogitBias.All(bias => bias.Key >= 0 && bias.Value is >= -100 and <= 100), "logit_bias", "must hold token ids with values between -100 and 100."),
        ];
        return First(rules);
    }

    private static (string, string)? Counts(Settings settings)
    {
        (bool Bad, string Field, string Range)[] rules =
        [
            (settings.HasTopK && settings.TopK < 0, "top_k", "must not be negative."),
            (settings.HasSeed && settings.Seed >= SeedLimit, "seed", "must lie below 2^53."),
            (settings.HasMaxTokens && settings.MaxTokens < 1, "max_tokens", "must be at least 1."),
            (settings.TopLogprobs is < 0 or > 20, "top_logprobs", "must lie between 0 and 20."),
            (settings is { TopLogprobs: > 0, Logprobs: false }, "top_logprobs", "needs logprobs."),
        ];
        return First(rules);
    }

    private static (string, string)? Texts(Settings settings)
    {
        (bool Bad, string Field, string Range)[] rules =
        [
            (settings.Stop.Count > MostStops, "stop", "has at most 16 entries."),
            (settings.Stop.Any(stop => stop.Length is 0 or > LongestStop), "stop", "has entries of 1 to 256 characters."),
            (settings.Grammar is { KindCase: Grammar.KindOneofCase.None }, "grammar", "names no kind."),
            (settings.Grammar is { KindCase: not Grammar.KindOneofCase.None } grammar
                && (grammar.JsonSchema + grammar.Regex + grammar.Lark).Length == 0, "grammar", "is empty."),
        ];
        return First(rules);
    }

    private static (string, string)? First((bool Bad, string Field, string Range)[] rules)
    {
        foreach (var (bad, field, range) in rules)
        {
            if (bad)
            {
                return ($"settings.{field}", $"The field settings.{field} {range}");
            }
        }

        return null;
    }
}
