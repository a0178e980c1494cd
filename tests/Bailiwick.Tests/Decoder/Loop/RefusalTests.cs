using Bailiwick.Protocol.Decoder.V1;
using V1 = Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Tests.Decoder.Loop;

[Collection(EngineTests.Name)]
public sealed class RefusalTests(EngineFixture fixture)
{
    /// <summary>What spoils a good Submit, the code it must give, and what the sentence must name.</summary>
    public static TheoryData<string, string, string[]> Faults => new()
    {
        { "no prompt", "invalid", ["prompt"] },
        { "empty prompt", "invalid", ["prompt"] },
        { "prompt id", "invalid", ["ids.id[1]", "49151"] },
        { "prompt too long", "invalid", ["9000", "8192"] },
        { "answer too long", "invalid", ["13", "8180", "8192"] },
        { "negative max_tokens", "invalid", ["max_tokens", "-1"] },
        { "negative deadline", "invalid", ["deadline_ms"] },
        { "top_logprobs", "invalid", ["top_logprobs", "21", "20"] },
        { "seventeen stops", "invalid", ["stop", "17", "16"] },
        { "empty stop", "invalid", ["stop[1]"] },
        { "long stop", "invalid", ["stop[0]", "257", "256"] },
        { "emitted id", "invalid", ["emitted[0]"] },
        { "emitted too many", "invalid", ["emitted", "5", "4"] },
        { "bias id", "invalid", ["logit_bias", "16777217"] },
        { "temperature", "invalid", ["sampling.temperature"] },
        { "bad messages", "invalid", ["messages"] },
        { "bad instant", "invalid", ["chat.now"] },
        { "empty grammar", "invalid", ["grammar"] },
        { "schema not JSON", "invalid", ["grammar.json_schema", "JSON"] },
        { "schema keyword", "invalid", ["not", "#/properties/{0}/not"] },
        { "schema keyword as a name", "invalid", ["#/properties/{1}/if"] },
        { "schema without instance", "invalid", ["grammar.json_schema"] },
        { "bad regex", "invalid", ["grammar.regex"] },
        { "bad lark", "invalid", ["grammar.lark"] },
        { "NUL in a grammar", "invalid", ["grammar.regex", "NUL"] },
        { "long grammar", "too_large", ["grammar.regex", "262144"] },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Submit_WithAFault_IsRefusedWithASentenceThatNamesIt(string fault, string code, string[] names)
    {
        var submit = EngineFixture.Turn(fixture.ShortPrompt, 4);
        Spoil(submit, fault);
        var log = await fixture.Host.RunAsync(submit);
        Assert.Equal(Finished.Types.Reason.Refused, log.Finished.Reason);
        Assert.Equal(code, log.Finished.Problem.Code);
        Assert.All(names, name => Assert.Contains(name, log.Finished.Problem.Sentence, StringComparison.Ordinal));
        Assert.DoesNotContain(Planted, log.Finished.Problem.Sentence, StringComparison.Ordinal);
        Assert.Null(log.Started);
        Assert.Empty(log.Tokens);
    }

    [Fact]
    public async Task Submit_WithAnIdInFlight_IsRefusedAndTheFirstGoesOn()
    {
        // The second answer goes to the same log, so it is told apart by its reason.
        using var host = new SameIdHost(fixture.Load());
        var answers = await host.RunTwiceAsync(EngineFixture.Turn(fixture.ShortPrompt, 6));
        Assert.Equal([Finished.Types.Reason.Refused, Finished.Types.Reason.Length], answers.Select(static answer => answer.Reason));
    }

    private const string Planted = "payload-marker";

    private void Spoil(Submit submit, string fault)
    {
        switch (fault)
        {
            case "no prompt": submit.ClearPrompt(); break;
            case "empty prompt": submit.Text = ""; break;
            case "prompt id": submit.Ids.Id[1] = 49152; break;
            case "prompt too long": submit.Ids.Id.Clear(); submit.Ids.Id.AddRange(Enumerable.Repeat(5, 9000)); break;
            case "answer too long": submit.MaxTokens = 8180; break;
            case "negative max_tokens": submit.MaxTokens = -1; break;
            case "negative deadline": submit.DeadlineMs = -1; break;
            case "top_logprobs": submit.TopLogprobs = 21; break;
            case "seventeen stops": submit.Stop.AddRange(Enumerable.Repeat(Planted, 17)); break;
            case "empty stop": submit.Stop.AddRange([Planted, ""]); break;
            case "long stop": submit.Stop.Add(Planted + new string('a', 257 - Planted.Length)); break;
            case "emitted id": submit.Emitted.Add(-1); break;
            case "emitted too many": submit.Emitted.AddRange([5, 5, 5, 5, 5]); break;
            case "bias id": submit.Sampling = new V1.Sampling { LogitBias = { { 16_777_217, 1 } } }; break;
            case "temperature": submit.Sampling = new V1.Sampling { Temperature = 3 }; break;
            case "bad messages": submit.Chat = new Chat { MessagesJson = $$"""{"{{Planted}}":1}""", Now = "2026-11-24T00:00:00Z" }; break;
            case "bad instant": submit.Chat = new Chat { MessagesJson = "[]", Now = Planted }; break;
            case "empty grammar": submit.Grammar = new V1.Grammar(); break;
            case "schema not JSON": submit.Grammar = Schema("{" + Planted); break;
            case "schema keyword": submit.Grammar = Schema("""{"type":"object","properties":{"a/b":{"not":{"const":"payload-marker"}}}}"""); break;
            case "schema keyword as a name": submit.Grammar = Schema("""{"type":"object","properties":{"if":{"type":"null"},"not":{"if":true}}}"""); break;
            case "schema without instance": submit.Grammar = Schema("""{"type":"string","minLength":9,"maxLength":2}"""); break;
            case "bad regex": submit.Grammar = new V1.Grammar { Regex = Planted + "(" }; break;
            case "bad lark": submit.Grammar = new V1.Grammar { Lark = "start: " + Planted }; break;
            case "NUL in a grammar": submit.Grammar = new V1.Grammar { Regex = "a\0" + Planted }; break;
            case "long grammar": submit.Grammar = new V1.Grammar { Regex = new string('a', 262145) }; break;
            default: throw new ArgumentOutOfRangeException(nameof(fault), fault, "unknown fault");
        }
    }

    private static V1.Grammar Schema(string text) => new() { JsonSchema = text };

    /// <summary>Sends one Submit twice and gives both ends in the order they came.</summary>
    private sealed class SameIdHost : IDisposable
    {
        private readonly System.Threading.Channels.Channel<Finished> _ends = System.Threading.Channels.Channel.CreateUnbounded<Finished>();
        private readonly Bailiwick.Decoder.Loop.DecodeEngine _engine;

        internal SameIdHost(Load load) => _engine = Bailiwick.Decoder.Loop.DecodeEngine.Load(load, TimeProvider.System, Take, static () => { }).Engine!;

        internal async Task<Finished[]> RunTwiceAsync(Submit submit)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
            submit.Turn = "same";
            _engine.Submit(submit);
            _engine.Submit(submit);
            return [await _ends.Reader.ReadAsync(patience.Token), await _ends.Reader.ReadAsync(patience.Token)];
        }

        public void Dispose() => _engine.Dispose();

        private void Take(FromDecoder frame)
        {
            if (frame.FrameCase == FromDecoder.FrameOneofCase.Finished)
            {
                _ends.Writer.TryWrite(frame.Finished);
            }
        }
    }
}
