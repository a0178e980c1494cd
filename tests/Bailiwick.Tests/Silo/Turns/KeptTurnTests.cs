using System.Text;
using Bailiwick.Evidence;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Silo.Sessions;
using Bailiwick.Silo.Turns;
using Bailiwick.Tests.Silo.Sessions;
using Label = Bailiwick.Residency.Label;
using TurnEvent = Bailiwick.Silo.Turns.TurnEvent;

namespace Bailiwick.Tests.Silo.Turns;

/// <summary>Turns that are kept: what the model gets, what stays, what is told again, and who may.</summary>
public sealed partial class KeptTurnTests
{
    private const string Conversation = "conv_0123456789abcdef0123456789abcdef";

    /// <summary>The paper policy with the store among its destinations, and one more class that has it too.</summary>
    private static readonly string Storing = TurnScript.Policy
        .Replace("kind: [silo, caller]", "kind: [silo, caller, session-store]", StringComparison.Ordinal)
        .Replace("label: {class: public}", "label: {class: [public, internal]}", StringComparison.Ordinal);

    private readonly TurnScript _script = new();
    private readonly MemoryStore _store = new();

    public KeptTurnTests()
    {
        _script.Sessions = _store;
        _script.SetPolicy(Storing);
        _store.Conversations[Conversation] = TurnScript.Caller.Label;
    }

    [Fact]
    public async Task Conversation_SecondTurn_GetsWhatWasSaidBefore()
    {
        await AnswerAsync(Ask("one"), "first");
        var second = Ask("two");

        var events = await AnswerAsync(second, "second");

        var prompt = Encoding.UTF8.GetBytes(
            """[{"content":"one","role":"user"},{"content":"first","role":"assistant"},{"content":"two","role":"user"}]""");
        Assert.Equal(Encoding.UTF8.GetString(prompt), second.Submit.Chat.MessagesJson);
        var ended = Assert.IsType<TurnEnded>(events[^1]);
        var outcome = Assert.IsType<OutcomeLeaf>(_script.Leaves[^1]);
        Assert.True(Commitment.Opens(outcome.Prompt!.Value, Convert.FromHexString(ended.Receipt.PromptSalt), prompt));
        Assert.Equal([Conversation, Conversation], _script.Leaves.OfType<IntentLeaf>().Select(leaf => leaf.Conversation));
        Assert.Equal(["first", "second"], _store.Turns.Select(turn => turn.Answer!.Text));
        // What is kept of the request is what was new.
        Assert.Equal("""[{"content":"two","role":"user"}]""", Encoding.UTF8.GetString(_store.Turns[1].Messages.Span));
        Assert.Equal("", _store.Turns[1].Asked.Submit.Chat.MessagesJson);
    }

    [Fact]
    public async Task Previous_WithInstructions_LeadsAndIsNotRecalledLater()
    {
        await AnswerAsync(Ask("one") with { Keep = Keep("one") with { Conversation = null, Store = true, Id = SessionIds.NewResponse() } }, "first");
        var next = Ask("two") with
        {
            Keep = Keep("two") with { Conversation = null, Store = true, Previous = _store.Turns[0].Id, Lead = Messages("system", "be brief") },
        };

        await AnswerAsync(next, "second");

        Assert.Equal(
            """[{"content":"be brief","role":"system"},{"content":"one","role":"user"},{"content":"first","role":"assistant"},{"content":"two","role":"user"}]""",
            next.Submit.Chat.MessagesJson);
        Assert.Equal("""[{"content":"two","role":"user"}]""", Encoding.UTF8.GetString(_store.Turns[1].Messages.Span));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Previous_OfSomebodyElse_IsReadWithARecordOrNotAtAll(bool isRecorded)
    {
        await AnswerAsync(Ask("one") with { Keep = Keep("one") with { Conversation = null, Store = true } }, "first");
        var (first, other) = (_store.Turns[0].Id, TurnScript.Caller with { KeyId = "k-00000000000000ff", Proofs = [] });
        var next = Ask("two") with { Keep = Keep("two") with { Conversation = null, Store = true, Previous = first } };
        _script.Takes = leaf => isRecorded || leaf is not ReadLeaf;
        _script.Then(TurnScript.Started(), TurnScript.Tokens(1, "second"), TurnScript.Stop(1));

        var events = await _script.RunAsync(next, other);

        if (!isRecorded)
        {
            Assert.Equal("audit_unavailable", Assert.IsType<TurnRefused>(Assert.Single(events)).Refusal.Row.Code);
            Assert.Equal(TurnState.Failed, _store.Turns[^1].State);
            return;
        }

        var read = Assert.Single(_script.Leaves.OfType<ReadLeaf>());
        Assert.Equal((other.KeyId, first, 1L), (read.Actor, read.Target, read.Items));
        // One's own history is no such reading.
        await AnswerAsync(Ask("three") with { Keep = Keep("three") with { Conversation = null, Store = true, Previous = first } }, "third");
        Assert.Single(_script.Leaves.OfType<ReadLeaf>());
    }

    [Fact]
    public async Task Key_SentAgain_IsAnsweredFromTheStoreWithOneIntent()
    {
        var first = await AnswerAsync(Ask("one", "key"), "an", "swer");

        var second = await _script.RunAsync(Ask("one", "key"));

        Assert.Single(_script.Runs);
        Assert.Single(_script.Leaves.OfType<IntentLeaf>());
        Assert.Equal(Told(first), Told(second));
        Assert.Equal(Assert.IsType<TurnStarted>(first[0]), Assert.IsType<TurnStarted>(second[0]));
        Assert.Equal(Assert.IsType<TurnEnded>(first[^1]).Receipt, Assert.IsType<TurnEnded>(second[^1]).Receipt);
    }

    [Fact]
    public async Task Key_SentWithAnotherBody_IsRefused()
    {
        await AnswerAsync(Ask("one", "key"), "answer");

        var refused = Assert.IsType<TurnRefused>(Assert.Single(await _script.RunAsync(Ask("another", "key"))));

        Assert.Equal("idempotency_key", refused.Refusal.Row.Code);
        Assert.Single(_script.Runs);
    }

    [Fact]
    public async Task Key_WhoseTurnRunsElsewhere_WaitsAndIsThenRefused()
    {
        await AnswerAsync(Ask("one", "key"), "answer");
        _store.Turns[0] = _store.Turns[0] with { State = TurnState.Running, Answer = null };
        _store.Held.Add(_store.Turns[0].Id);

        var waiting = _script.RunAsync(Ask("one", "key"));
        while (!waiting.IsCompleted)
        {
            _script.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal("busy", Assert.IsType<TurnRefused>(Assert.Single(await waiting)).Refusal.Row.Code);
        Assert.Single(_script.Runs);
    }

    [Fact]
    public async Task Key_WhoseGatewayIsLost_IsRunAgainWithItsSeedAndKeptOnce()
    {
        await AnswerAsync(Ask("one", "key"), "answer");
        _store.Turns[0] = _store.Turns[0] with { State = TurnState.Running, Answer = null, Seed = 77 };
        var row = _store.Turns[0].Id;

        var events = await AnswerAsync(Ask("one", "key"), "answer");

        Assert.Equal(77, Assert.IsType<TurnStarted>(events[0]).Seed);
        var kept = Assert.Single(_store.Turns);
        Assert.Equal((row, 2, TurnState.Completed, "answer"), (kept.Id, kept.Attempt, kept.State, kept.Answer!.Text));
        Assert.Equal(2, _script.Leaves.OfType<IntentLeaf>().Select(leaf => leaf.Turn).Distinct().Count());
    }

    [Fact]
    public async Task Key_OfACallerWhoHasTokens_GetsTheRestAndAllIsKept()
    {
        var request = Ask("one", "key");
        request.Submit.Emitted.AddRange([1, 2]);

        var events = await AnswerAsync(request, "a", "b", "c");

        Assert.Empty(_script.Runs[0].Emitted);
        Assert.Equal("c", Told(events));
        Assert.Equal("abc", _store.Turns[0].Answer!.Text);
        var again = Ask("one", "key");
        again.Submit.Emitted.Add(1);
        Assert.Equal("bc", Told(await _script.RunAsync(again)));
    }

    [Fact]
    public async Task Caller_WithTokensOfAnotherAnswer_IsRefused()
    {
        var request = Ask("one", "key");
        request.Submit.Emitted.Add(99);

        var events = await AnswerAsync(request, "a", "b");

        Assert.Equal("invalid", Assert.IsType<TurnFailed>(events[^1]).Refusal.Row.Code);
        Assert.Equal(TurnState.Failed, _store.Turns[0].State);
    }

    [Fact]
    public async Task Turn_TakenAway_EndsAsCancelledAndIsNotAnswered()
    {
        _script.Then(TurnScript.Started(), TurnScript.Tokens(1, "a"), TurnScript.Tokens(2, "b"), TurnScript.Stop(2));
        _script.Before = frame =>
        {
            if (frame.Kind is Bailiwick.Silo.Shards.ShardFrameKind.Tokens && frame.Tokens[0].Id == 2)
            {
                _store.Lost.Cancel();
            }
        };

        var failed = Assert.IsType<TurnFailed>((await _script.RunAsync(Ask("one")))[^1]);

        Assert.Equal("cancelled", failed.Refusal.Row.Code);
        Assert.Equal(TurnState.Cancelled, _store.Turns[0].State);
        Assert.Single(_script.Leaves.OfType<OutcomeLeaf>());
    }

    [Fact]
    public async Task Answer_ThatCannotBeKept_IsNotToldToBeWhole()
    {
        _store.Ends = SessionRefusals.Away;

        var events = await AnswerAsync(Ask("one"), "answer");

        var failed = Assert.IsType<TurnFailed>(events[^1]);
        Assert.Equal("store_unavailable", failed.Refusal.Row.Code);
        Assert.NotNull(failed.Receipt);
    }

    [Fact]
    public async Task Writer_BesideAnother_IsBusyWithoutIntent()
    {
        _store.Refuses = SessionRefusals.Busy;

        Assert.Equal("busy", Assert.IsType<TurnRefused>(Assert.Single(await _script.RunAsync(Ask("one")))).Refusal.Row.Code);

        Assert.Empty(_script.Leaves);
    }

    public static TheoryData<string, string, string?, string, string?> Labels => new()
    {
        // conversation's label; what the request raises; refused by, or the joined class
        { "de/public", "de/public", null, "de/public", null },
        { "de/internal", "de/public", null, "de/internal", null },
        { "de/public", "de/public", "internal", "de/internal", null },
        { "eu/public", "de/public", null, "", "!label-conflict" },
        { "de/public", "eu/public", null, "de/public", null },
        { "fr/public", "de/public", null, "", "!label-conflict" },
    };

    [Theory]
    [MemberData(nameof(Labels))]
    public async Task Label_OfTheConversation_JoinsWithTheRequests(string kept, string credential, string? raise, string joined, string? rule)
    {
        _store.Conversations[Conversation] = Label(kept);
        var caller = TurnScript.Caller with { Label = Label(credential) };
        _script.Then(TurnScript.Started(), TurnScript.Tokens(1, "a"), TurnScript.Stop(1));
        var request = Ask("one") with { Raise = raise is null ? null : TurnScript.Raise("class", raise) };

        var events = await _script.RunAsync(request, caller);

        if (rule is not null)
        {
            Assert.Equal([rule], Assert.IsType<TurnRefused>(Assert.Single(events)).Refusal.Rules);
            Assert.Empty(_store.Turns);
            return;
        }

        Assert.IsType<TurnEnded>(events[^1]);
        Assert.Equal(Label(joined), _store.Turns[0].Label);
        // Both labels were decided where the joined one lies above the credential's.
        Assert.Equal(joined == credential, Assert.IsType<IntentLeaf>(_script.Leaves[0]).CredentialLabel is null);
    }

    [Fact]
    public async Task Store_ThatPolicyDenies_RefusesTheTurnThatNeedsIt()
    {
        _script.SetPolicy(TurnScript.Policy);

        var refused = Assert.IsType<TurnRefused>(Assert.Single(await _script.RunAsync(Ask("one"))));

        Assert.Equal(("residency_denied", "session-store"), (refused.Refusal.Row.Code, refused.Refusal.RefusedAt));
        Assert.Single(_script.Leaves.OfType<DenyLeaf>());
        Assert.IsType<TurnEnded>((await AnswerAsync(TurnScript.Request(), "stateless"))[^1]);
    }

    [Fact]
    public async Task Obligation_NoText_ForbidsTheStoreAndNothingElse()
    {
        _script.SetPolicy(Storing.Replace("because: Public", "obligations: [no-text]\n        because: Public", StringComparison.Ordinal));

        Assert.Equal(["!obligation"], Assert.IsType<TurnRefused>(Assert.Single(await _script.RunAsync(Ask("one")))).Refusal.Rules);
        Assert.IsType<TurnEnded>((await AnswerAsync(TurnScript.Request(), "stateless"))[^1]);
    }

    /// <summary>Runs a turn whose answer has these tokens, numbered from 1.</summary>
    private Task<List<TurnEvent>> AnswerAsync(TurnRequest request, params string[] tokens)
    {
        _script.Then(TurnScript.Started(), TurnScript.Tokens(1, tokens), TurnScript.Stop(tokens.Length));
        return _script.RunAsync(request);
    }

    private static TurnRequest Ask(string words, string? key = null) =>
        new("small", new Submit { Chat = new Chat { AddGenerationPrompt = true }, MaxTokens = 16 }, ReadOnlyMemory<byte>.Empty, null, SeedGiven: false)
        {
            Keep = Keep(words) with
            {
                Idempotency = key is null ? null : new IdempotencyKey(key, System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(words))),
            },
        };

    private static Keeping Keep(string words) => new() { Conversation = Conversation, Messages = Messages("user", words) };

    private static byte[] Messages(string role, string words) => Encoding.UTF8.GetBytes($$"""[{"content":"{{words}}","role":"{{role}}"}]""");

    private static Label Label(string text) =>
        text.Split('/') is [var jurisdiction, var kind] ? new Label(jurisdiction, kind, "service-provision", "ministry") : throw new ArgumentException(text);

    private static string Told(IEnumerable<TurnEvent> events) => string.Concat(events.Select(told => told switch
    {
        TurnTokens tokens => string.Concat(tokens.Tokens.Select(token => token.Text)),
        TurnEnded ended => ended.Tail,
        _ => "",
    }));
}
