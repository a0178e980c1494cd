using Bailiwick.Text.ToolCalls;
using CsCheck;

namespace Bailiwick.Tests.Text.ToolCalls;

/// <summary>Answers of every format, however their text is cut into tokens.</summary>
public sealed class CallReadingTests
{
    public static TheoryData<int> Samples => [.. Enumerable.Range(0, CallSamples.All.Count)];

    [Fact]
    public void Samples_OfEveryFormat_AreThere() =>
        Assert.Equal(CallFormats.All.Select(format => format.Name).Order(), CallSamples.All.Select(sample => sample.Format.Name).Distinct().Order());

    [Theory]
    [MemberData(nameof(Samples))]
    public void Answer_CutAnywhere_GivesTheSame(int index)
    {
        var sample = CallSamples.All[index];

        Assert.Equal(sample.Described, CallSample.Read(sample.Format, sample.Tokens(_ => false)).Described);
        Assert.Equal(sample.Described, CallSample.Read(sample.Format, sample.Tokens(_ => true)).Described);
        for (var cut = 1; cut < sample.Answer.Length; cut++)
        {
            Assert.Equal(sample.Described, CallSample.Read(sample.Format, sample.Tokens(at => at == cut)).Described);
        }

        Gen.Bool.Array[sample.Answer.Length].Sample(
            cuts => sample.Described == CallSample.Read(sample.Format, sample.Tokens(at => cuts[at])).Described, iter: 50, seed: "0000000000A1");
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Answer_WhoseMarkersAreNoTokens_ReadsTheSame(int index)
    {
        var sample = CallSamples.All[index];

        Gen.Bool.Array[sample.Answer.Length].Sample(
            cuts => sample.Described == CallSample.Read(sample.Format, sample.Tokens(at => cuts[at], markersAreTokens: false), markersAreTokens: false).Described
                || IsAmbiguous(sample),
            iter: 50, seed: "0000000000A2");

        // Letters of a marker inside a JSON text are that text's, a token is not.
        static bool IsAmbiguous(CallSample sample) => sample.Answer.Contains("Par</tool_call>", StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Answer_ReplayedUpToAnyToken_GoesOnAsIfUndisturbed(int index)
    {
        var sample = CallSamples.All[index];
        var tokens = sample.Tokens(_ => true);
        var reader = NewReader(sample.Format, tokens);
        var undisturbed = new List<(string, string)>();
        for (var id = 0; id < tokens.Count; id++)
        {
            reader.Push(id);
            undisturbed.Add((reader.TakeText(), string.Join('|', reader.TakePieces())));
        }

        for (var resumed = 0; resumed <= tokens.Count; resumed++)
        {
            var again = NewReader(sample.Format, tokens);
            for (var id = 0; id < tokens.Count; id++)
            {
                again.Push(id);
                var given = (again.TakeText(), string.Join('|', again.TakePieces()));
                Assert.True(id < resumed || given == undisturbed[id], $"token {id} after a replay of {resumed}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void FirstPiece_OfACall_HasTheNameAndNoOther(int index)
    {
        var sample = CallSamples.All[index];

        var pieces = CallSample.Read(sample.Format, sample.Tokens(_ => true)).Pieces;

        Assert.Equal(pieces.Select(piece => piece.Index).Order(), pieces.Select(piece => piece.Index));
        Assert.All(pieces.GroupBy(piece => piece.Index), call => Assert.All(call.Select((piece, i) => (piece, i)), one => Assert.Equal(one.i == 0, one.piece.Name.Length > 0)));
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Answer_ThatMayHoldOneCall_IsFullBehindIt(int index)
    {
        var sample = CallSamples.All[index];
        var all = CallSample.Read(sample.Format, sample.Tokens(_ => true));

        var one = CallSample.Read(sample.Format, sample.Tokens(_ => true), parallel: false);

        Assert.Equal(all.Calls.Take(1), one.Calls);
    }

    [Fact]
    public void Marker_WrittenInLetters_IsTextWhereItIsAToken()
    {
        string[] letters = ["<tool", "_call>", "{\"name\": \"now\", \"arguments\": {}}", "</tool_call>"];
        var reader = new AnswerReader(
            MarkedJsonFormat.Hermes, new Dictionary<int, int> { [100] = 0, [101] = 1 }, id => letters[id], () => "", CallSample.Functions, parallel: true);
        for (var id = 0; id < letters.Length; id++)
        {
            reader.Push(id);
        }

        reader.Finish();

        Assert.Equal(string.Concat(letters), reader.TakeText());
        Assert.False(reader.HasCalls);
    }

    [Fact]
    public void Arguments_OfJsonFormats_ComeAsTheyAreWritten()
    {
        string[] tokens = ["<tool_call>", "{\"name\": \"get_weather\", \"arguments\": {", "\"city\"", ": \"Par", "is\"}", "}", "</tool_call>"];

        var read = CallSample.Read(MarkedJsonFormat.Hermes, tokens);

        Assert.Equal(["{", "\"city\"", ": \"Par", "is\"}"], read.Pieces.Select(piece => piece.Arguments));
    }

    private static AnswerReader NewReader(ToolCallFormat format, List<string> tokens)
    {
        var markers = tokens.Select((token, id) => (id, Marker: format.Markers.ToList().IndexOf(token))).Where(entry => entry.Marker >= 0)
            .ToDictionary(entry => entry.id, entry => entry.Marker);
        return new AnswerReader(format, markers, id => tokens[id], () => "", CallSample.Functions, parallel: true);
    }
}
