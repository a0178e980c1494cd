using System.Globalization;
using System.Text.Json;
using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Silo.Api.OpenAi;

/// <summary>
/// How the answer is drawn and where it ends. Absent fields are OpenAI's defaults (temperature 1); values that a decoder's frame would
/// read as "off" (0 for top_p and repetition_penalty) are refused. Token ids are the decoder's to check: it knows the vocabulary.
/// </summary>
internal static class RequestSampling
{
    /// <summary>Largest seed: 2^53 - 1, what every JSON reader holds exactly.</summary>
    public const long MaxSeed = (1L << 53) - 1;

    private const int MostBiases = 1024;
    private const int MostStops = 16;
    private const int LongestStop = 256;

    /// <summary>Fills in what is the same for chat and completions.</summary>
    public static void Read(RequestFields request, Submit submit)
    {
        var sampling = new Sampling
        {
            Temperature = request.Number("temperature", 0, 2) ?? 1,
            TopK = TopK(request),
            TopP = AboveZero(request, "top_p", 1),
            MinP = MinP(request),
            RepetitionPenalty = AboveZero(request, "repetition_penalty", 10),
            FrequencyPenalty = request.Number("frequency_penalty", -2, 2) ?? 0,
            PresencePenalty = request.Number("presence_penalty", -2, 2) ?? 0,
            Seed = (ulong)(Seed(request) ?? 0),
        };
        ReadBias(request, sampling);
        submit.Sampling = sampling;
        ReadStop(request, submit);
    }

    public static long? Seed(RequestFields request) => request.Whole("seed", 0, MaxSeed);

    /// <summary>Tokens of the answer under either of OpenAI's names; 0 = the model's default.</summary>
    public static int MaxTokens(RequestFields request)
    {
        var former = request.Whole("max_tokens", 1, int.MaxValue);
        var current = request.Whole("max_completion_tokens", 1, int.MaxValue);
        if (former is not null && current is not null && former != current)
        {
            request.Refuse("max_tokens", "differs from max_completion_tokens: give one");
        }

        return (int)(current ?? former ?? 0);
    }

    // -1 is vLLM's word for off.
    private static int TopK(RequestFields request) => (int)Math.Max(0, request.Whole("top_k", -1, int.MaxValue) ?? 0);

    private static float MinP(RequestFields request)
    {
        const string Field = "min_p";
        var value = request.Number(Field, 0, 1);
        if (value == 1)
        {
            request.Refuse(Field, "must be below 1");
        }

        return value ?? 0;
    }

    private static float AboveZero(RequestFields request, string name, float most)
    {
        var value = request.Number(name, 0, most);
        if (value <= 0)
        {
            request.Refuse(name, "must be above 0");
        }

        return value ?? 1;
    }

    private static void ReadBias(RequestFields request, Sampling sampling)
    {
        const string Field = "logit_bias";
        if (request.Any(Field) is not { } bias)
        {
            return;
        }

        if (bias.ValueKind != JsonValueKind.Object || bias.EnumerateObject().Count() > MostBiases)
        {
            request.Refuse(Field, $"must be an object of at most {MostBiases} token ids and numbers");
            return;
        }

        foreach (var entry in bias.EnumerateObject())
        {
            if (!int.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                || entry.Value.ValueKind != JsonValueKind.Number || !entry.Value.TryGetSingle(out var number) || Math.Abs(number) > 100)
            {
                request.Refuse(Field, "must map token ids to numbers in -100 to 100");
                return;
            }

            // "7" and "07" are two keys and one token.
            if (!sampling.LogitBias.TryAdd(id, number))
            {
                request.Refuse(Field, "names a token twice");
                return;
            }
        }
    }

    private static void ReadStop(RequestFields request, Submit submit)
    {
        const string Field = "stop";
        switch (request.Any(Field))
        {
            case null:
                break;
            case { ValueKind: JsonValueKind.String } stop:
                submit.Stop.Add(stop.GetString());
                break;
            case { ValueKind: JsonValueKind.Array } stops when stops.EnumerateArray().All(stop => stop.ValueKind == JsonValueKind.String):
                submit.Stop.Add(stops.EnumerateArray().Select(stop => stop.GetString()));
                break;
            default:
                request.Refuse(Field, "must be a string or an array of strings");
                break;
        }

        if (submit.Stop.Count > MostStops || submit.Stop.Any(stop => stop.Length is 0 or > LongestStop))
        {
            request.Refuse(Field, $"must be at most {MostStops} strings of 1 to {LongestStop} characters");
        }
    }
}
