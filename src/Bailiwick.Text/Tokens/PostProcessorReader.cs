namespace Bailiwick.Text.Tokens;

/// <summary>The <c>post_processor</c> of a tokenizer file: what stands around a single text.</summary>
internal static class PostProcessorReader
{
    private const int MostIds = 1024;

    public static (IReadOnlyList<int> Before, IReadOnlyList<int> After) Read(JsonValue? value)
    {
        if (value is not { } component)
        {
            return ([], []);
        }

        return component.Type() switch
        {
            "ByteLevel" => ([], []),
            "TemplateProcessing" => Template(component),
            "BertProcessing" or "RobertaProcessing" => ([Border(component.Get("cls"))], [Border(component.Get("sep"))]),
            "Sequence" => Sequence(component),
            var type => throw component.NotSupported($"post-processor '{type}'"),
        };
    }

    private static (IReadOnlyList<int> Before, IReadOnlyList<int> After) Sequence(JsonValue component)
    {
        var (before, after) = (new List<int>(), new List<int>());
        foreach (var item in component.Get("processors").Items())
        {
            var (itsBefore, itsAfter) = Read(item);
            before.InsertRange(0, itsBefore);
            after.AddRange(itsAfter);
        }

        return before.Count + after.Count <= MostIds ? (before, after) : throw component.Error("too many special tokens");
    }

    private static (IReadOnlyList<int> Before, IReadOnlyList<int> After) Template(JsonValue component)
    {
        var (before, after) = (new List<int>(), new List<int>());
        var pieces = component.Get("single");
        pieces.Count(MostIds);
        var current = before;
        foreach (var piece in pieces.Items())
        {
            if (piece.Find("SpecialToken") is { } special)
            {
                var ids = component.Get("special_tokens").Get(special.Get("id").Text()).Get("ids");
                ids.Count(MostIds);
                current.AddRange(ids.Items().Select(Id));
            }
            else if (piece.Find("Sequence") is null || current == after)
            {
                throw piece.NotSupported("a special token or the one text expected");
            }
            else
            {
                current = after;
            }
        }

        return (before, after);
    }

    private static int Border(JsonValue pair) => pair.Items().Skip(1).Select(Id).FirstOrDefault(-1) is >= 0 and var id
        ? id
        : throw pair.Error("a token and its id expected");

    private static int Id(JsonValue value) => value.Integer(0, Vocabulary.MostTokens - 1);
}
