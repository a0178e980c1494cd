using System.Text;
using System.Text.Json;
using Bailiwick.Text.ToolCalls;

namespace Bailiwick.Tests.Text.ToolCalls;

/// <summary>The fuzz target of every parser, run over seeded mutations: nothing throws, no text is lost, memory is bounded.</summary>
public sealed class CallFuzzTests
{
    private const int RunsPerFormat = 3000;

    public static TheoryData<int> Formats => [.. Enumerable.Range(0, CallFormats.All.Count)];

    [Theory]
    [Trait("Category", "Hostile")]
    [MemberData(nameof(Formats))]
    public void MutatedAnswers_OfEveryFormat_LoseNoText(int index)
    {
        var format = CallFormats.All[index];
        string[] seeds = [.. CallSamples.All.Where(sample => sample.Format == format).Select(sample => sample.Answer)];
        var random = new Random(7 + index);
        for (var run = 0; run < RunsPerFormat; run++)
        {
            Target(format, Mutate(seeds[random.Next(seeds.Length)], format, random), random);
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void EndlessAnswer_ThatMayBeACall_IsTextAtTheBound(int index)
    {
        var format = CallFormats.All[index];
        var start = format is LeadingJsonFormat ? "{" : format == PythonicFormat.List ? "[get_weather(" : format.Markers[0];
        var sample = new CallSample(format, start + new string(' ', CallParser.MostHeld + 10) + "x", "");

        var read = CallSample.Read(format, sample.Tokens(_ => false));

        Assert.EndsWith("x", read.Text, StringComparison.Ordinal);
    }

    /// <summary>What must hold of any answer.</summary>
    private static void Target(ToolCallFormat format, string answer, Random random)
    {
        var sample = new CallSample(format, answer, "");
        var read = CallSample.Read(format, sample.Tokens(_ => random.Next(3) == 0));

        if (read.Calls.Count == 0 && format is not HarmonyFormat)
        {
            Assert.Equal(answer, read.Text);
        }

        Assert.All(read.Calls, call => Assert.Contains(CallSample.Functions, function => function.Name == call.Name));
        if (format is PythonicFormat or GemmaFormat or QwenCoderFormat)
        {
            Assert.All(read.Calls, call => Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(call.Arguments).RootElement.ValueKind));
        }

        Assert.Equal(read.Described, CallSample.Read(format, sample.Tokens(_ => true)).Described);
    }

    private static string Mutate(string seed, ToolCallFormat format, Random random)
    {
        var text = new StringBuilder(seed);
        string[] pieces = [.. format.Markers, "{", "}", "[", "]", "\"", "\\", ",", ":", "(", ")", "'", "\\u00", " ", "\n", "é", "😀", "now", "get_weather", "\0", "```"];
        for (var edits = random.Next(1, 6); edits > 0; edits--)
        {
            var at = random.Next(text.Length + 1);
            switch (random.Next(4))
            {
                case 0:
                    text.Insert(at, pieces[random.Next(pieces.Length)]);
                    break;
                case 1:
                    text.Remove(at, Math.Min(random.Next(12), text.Length - at));
                    break;
                case 2:
                    text.Length = at;
                    break;
                default:
                    text.Append(text.ToString(0, at));
                    break;
            }
        }

        // Half of a surrogate pair is nothing that a detokenizer gives.
        return string.Concat(text.ToString().EnumerateRunes());
    }
}
