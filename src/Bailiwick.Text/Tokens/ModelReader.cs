namespace Bailiwick.Text.Tokens;

/// <summary>The <c>model</c> of a tokenizer file: the vocabulary, and the model once it is known what to block.</summary>
/// <param name="Ids">Every token of the model.</param>
/// <param name="UnknownId">What the file has for characters without a token, or null.</param>
/// <param name="Build">Makes the model, told which ids no text may give and what stands for unknown characters.</param>
internal sealed record ModelDefinition(
    Dictionary<string, int> Ids, int? UnknownId, Func<Func<int, bool>, int?, ITokenModel> Build);

internal static class ModelReader
{
    private const int MostMerges = 1 << 21;

    public static ModelDefinition Read(JsonValue model)
    {
        // Files of early versions carry no type; all of them are BPE.
        var type = model.Find("type")?.Text() ?? (model.Find("merges") is null ? "(none)" : "BPE");
        return type switch
        {
            "BPE" => Bpe(model),
            "Unigram" => Unigram(model),
            _ => throw model.NotSupported($"model '{type}'"),
        };
    }

    private static ModelDefinition Bpe(JsonValue model)
    {
        if (model.Find("dropout") is { } dropout && dropout.Number() != 0)
        {
            throw dropout.NotSupported("dropout (the same text would give different tokens)");
        }

        var ids = BpeVocabulary(model.Get("vocab"));
        var settings = new BpeSettings(
            model.Find("unk_token")?.Text(),
            model.Flag("fuse_unk", false),
            model.Flag("byte_fallback", false),
            model.Flag("ignore_merges", false),
            model.Find("continuing_subword_prefix")?.Text() ?? "",
            model.Find("end_of_word_suffix")?.Text() ?? "");
        if (settings.UnknownToken is { } name && !ids.ContainsKey(name))
        {
            throw model.Error("unk_token is no token");
        }

        int? unknown = settings.UnknownToken is null ? null : ids[settings.UnknownToken];
        var merges = Merges(model.Get("merges"), ids, settings.Prefix);
        return new ModelDefinition(ids, unknown, (isBlocked, unknownId) => new BpeModel(
            ids.Where(pair => !isBlocked(pair.Value)).ToDictionary(),
            merges.Where(pair => !isBlocked(pair.Value.Id)).ToDictionary(),
            settings,
            unknownId));
    }

    private static Dictionary<string, int> BpeVocabulary(JsonValue vocab)
    {
        var ids = new Dictionary<string, int>(vocab.Count(Vocabulary.MostTokens));
        foreach (var (text, id) in vocab.Members())
        {
            if (text.Length > Vocabulary.LongestToken)
            {
                throw id.Error($"a token of {text.Length} characters; at most {Vocabulary.LongestToken} are read");
            }

            ids[text] = id.Integer(0, Vocabulary.MostTokens - 1);
        }

        return ids;
    }

    private static Dictionary<long, Merge> Merges(JsonValue list, Dictionary<string, int> ids, string prefix)
    {
        var merges = new Dictionary<long, Merge>(list.Count(MostMerges));
        var rank = 0;
        foreach (var item in list.Items())
        {
            var (left, right) = Halves(item);
            if (!right.StartsWith(prefix, StringComparison.Ordinal)
                || !ids.TryGetValue(left, out var leftId) || !ids.TryGetValue(right, out var rightId)
                || !ids.TryGetValue(left + right[prefix.Length..], out var id))
            {
                throw item.Error("the merge names what is no token");
            }

            merges[BpeModel.Pair(leftId, rightId)] = new Merge(rank++, id);
        }

        return merges;
    }

    /// <summary>A merge is a pair, or (older files) a text with one space.</summary>
    private static (string Left, string Right) Halves(JsonValue item)
    {
        string[] halves = item.Kind == System.Text.Json.JsonValueKind.String
            ? item.Text().Split(' ')
            : [.. item.Items().Select(half => half.Text())];
        return halves.Length == 2 ? (halves[0], halves[1]) : throw item.Error("a pair expected");
    }

    private static ModelDefinition Unigram(JsonValue model)
    {
        var vocab = model.Get("vocab");
        var tokens = new List<(string Text, double Score)>(vocab.Count(Vocabulary.MostTokens));
        var ids = new Dictionary<string, int>();
        foreach (var entry in vocab.Items())
        {
            JsonValue[] pair = [.. entry.Items().Take(3)];
            if (pair.Length != 2 || pair[0].Text().Length > Vocabulary.LongestToken)
            {
                throw entry.Error($"a token of at most {Vocabulary.LongestToken} characters and its score expected");
            }

            ids.TryAdd(pair[0].Text(), tokens.Count);
            tokens.Add((pair[0].Text(), pair[1].Number()));
        }

        int? unknown = model.Find("unk_id") is { } id ? id.Integer(0, tokens.Count - 1) : null;
        var byteFallback = model.Flag("byte_fallback", false);
        return new ModelDefinition(
            ids, unknown, (isBlocked, unknownId) => new UnigramModel(tokens, unknownId, byteFallback, isBlocked));
    }
}
