using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Bailiwick.Protocol;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Protocol.Receipts;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Turns;
using Google.Protobuf;
using TurnEvent = Bailiwick.Silo.Turns.TurnEvent;

namespace Bailiwick.EndToEnd.Tests.OpenAi;

/// <summary>Turns as the wire could bring them; the model's name chooses what happens.</summary>
internal sealed class ScriptedTurns : ITurns, ITextCalls
{
    public const string Model = "scripted";
    public const string Build = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    /// <summary>Every request that arrived, in order.</summary>
    public ConcurrentQueue<TurnRequest> Requests { get; } = [];

    /// <summary>Set when a turn of the model `hangs` has ended, which it does by being cancelled alone.</summary>
    public TaskCompletionSource Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static Receipt Receipt { get; } = new()
    {
        Log = "example.org/log", Turn = "t-1", Build = Build, Seed = 7, Intent = new string('a', 64), Outcome = new string('b', 64),
        PromptSalt = new string('c', 64), AnswerSalt = new string('d', 64),
    };

    public static IReadOnlyList<string> Words { get; } = ["Grüße", ", ", "<world>", " \"🌍\"", "\n"];

    /// <summary>As long as each turn says that its prompt is.</summary>
    public Task<(TextReply? Reply, Refusal? Refusal)> RunAsync(TextRequest request, Caller caller, CancellationToken cancellationToken) =>
        Task.FromResult<(TextReply?, Refusal?)>(Refusal(request.Model) is { } refusal ? (null, refusal) : (new TextReply { Count = 5 }, null));

    public async IAsyncEnumerable<TurnEvent> RunAsync(
        TurnRequest request, Caller caller, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Requests.Enqueue(request);
        // However far it came: its reader may leave between two events, before it hangs.
        using var hung = request.Model == "hangs" ? new Ending(Cancelled) : null;
        await Task.Yield();
        if (Refusal(request.Model) is { } refusal)
        {
            yield return new TurnRefused(refusal);
            yield break;
        }

        yield return new TurnStarted("t-1", Model, Build, 7, 5, DateTimeOffset.UnixEpoch.AddSeconds(1_800_000_000)) { Kept = request.Keep?.Id };
        var words = request.Submit.Grammar is null ? Words : ["{\"city\":", "\"Rome\",", "\"people\":", "3}"];
        yield return new TurnTokens([.. words.Take(2).Select(word => Token(word, request.Submit))]);
        switch (request.Model)
        {
            case "breaks":
                yield return new TurnFailed(new Refusal(Errors.NoReplica, "The last replica was lost."), Receipt);
                yield break;
            case "throws":
                throw new InvalidOperationException("a scripted bug");
            case "hangs":
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
                yield break;
        }

        if (request.Submit.Tools is { Choice: not Tools.Types.Choice.None } && !request.Submit.Chat.MessagesJson.Contains("\"role\":\"tool\"", StringComparison.Ordinal))
        {
            var name = JsonDocument.Parse(request.Submit.Chat.ToolsJson).RootElement[0].GetProperty("function").GetProperty("name").GetString();
            yield return new TurnTokens([Calling(name!, ""), Calling("", "{\"city\":"), Calling("", "\"Rome\"}")]);
            yield return new TurnEnded(false, "", null, 5, 5, Receipt) { ToolCalls = true };
            yield break;
        }

        yield return new TurnTokens([.. words.Skip(2).Select(word => Token(word, request.Submit))]);
        var limited = request.Submit.MaxTokens is > 0 and < 4;
        yield return new TurnEnded(limited, "", null, 5, words.Count, Receipt);
    }

    private static Refusal? Refusal(string model) => model switch
    {
        "unknown" => new Refusal(Errors.ModelNotFound, "This cluster serves no model of this name."),
        "queued" => new Refusal(Errors.Queue, "The queue is full.") { RetryAfter = TimeSpan.FromMilliseconds(6200) },
        "denied" => new Refusal(Errors.ResidencyDenied, "Policy denies it.")
        {
            Rules = ["r-7", "!no-match"], RefusedAt = "caller", Why = ["Class secret stays in zone a."],
        },
        "bug" => throw new InvalidOperationException("a scripted bug"),
        _ => null,
    };

    private static DecodedToken Calling(string name, string arguments) =>
        new(7, "", 0, [], ByteString.Empty, Forced: false) { Calls = [new ToolCallPiece { Name = name, Arguments = arguments }] };

    private static DecodedToken Token(string text, Submit submit)
    {
        var bytes = ByteString.CopyFromUtf8(text);
        var top = new Alternative { Id = text.Length, Text = text, Logprob = -0.25f, Raw = bytes };
        var other = new Alternative { Id = 900, Text = "other", Logprob = float.NegativeInfinity, Raw = ByteString.CopyFromUtf8("other") };
        return new DecodedToken(
            text.Length, text, submit.Logprobs ? -0.25f : 0, submit.TopLogprobs > 0 ? [top, other] : [], ByteString.Empty, Forced: false);
    }

    private sealed class Ending(TaskCompletionSource ended) : IDisposable
    {
        public void Dispose() => ended.TrySetResult();
    }
}
