using System.Text;
using Bailiwick.Evidence;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Silo.Sessions;
using Bailiwick.Silo.Turns;
using Bailiwick.Tests.Silo.Sessions;

namespace Bailiwick.Tests.Silo.Turns;

/// <summary>Tokens without a turn: decided as a turn is, with the history that it goes on with; no intent, nothing kept.</summary>
public sealed class TextCallsTests
{
    private const string Conversation = "conv_0123456789abcdef0123456789abcdef";

    private readonly TurnScript _script = new();
    private readonly MemoryStore _store = new();

    [Fact]
    public async Task Count_OfWhatGoesOn_HasInstructionsAndHistory()
    {
        _script.SetPolicy(TurnScript.Policy.Replace("kind: [silo, caller]", "kind: [silo, caller, session-store]", StringComparison.Ordinal));
        _script.Sessions = _store;
        _store.Conversations[Conversation] = TurnScript.Caller.Label;
        var turn = new TurnRequest("small", new Submit { Chat = new Chat(), MaxTokens = 4 }, default, null, SeedGiven: true)
        {
            Keep = new Keeping { Conversation = Conversation, Messages = Messages("user", "one") },
        };
        _script.Then(TurnScript.Started(), TurnScript.Tokens(1, "first"), TurnScript.Stop(1));
        await _script.RunAsync(turn);
        var records = _script.Leaves.Count;
        _script.Text = call => new TextReply { Count = call.CountChat.MessagesJson.Length };

        var (reply, refusal) = await RunAsync(new Keeping { Conversation = Conversation, Lead = Messages("system", "brief"), Messages = Messages("user", "two") });

        const string All = """[{"content":"brief","role":"system"},{"content":"one","role":"user"},{"content":"first","role":"assistant"},{"content":"two","role":"user"}]""";
        Assert.Null(refusal);
        Assert.Equal(All.Length, reply!.Count);
        Assert.Equal(records, _script.Leaves.Count);
        Assert.Single(_store.Turns);
    }

    [Fact]
    public async Task Count_OfAHistoryThatThePolicyKeepsFromTheCaller_IsDeniedAndRecorded()
    {
        _script.SetPolicy(TurnScript.Policy.Replace("kind: [silo, caller]", "kind: [silo, caller, session-store]", StringComparison.Ordinal));
        _script.Sessions = _store;
        _store.Conversations[Conversation] = TurnScript.Caller.Label with { Class = "internal" };

        var (reply, refusal) = await RunAsync(new Keeping { Conversation = Conversation, Messages = Messages("user", "two") });

        Assert.Null(reply);
        Assert.Equal("residency_denied", refusal!.Row.Code);
        Assert.Equal("internal", Assert.IsType<DenyLeaf>(Assert.Single(_script.Leaves)).Label!.Class);
    }

    [Fact]
    public async Task Count_OfAHistoryWhoseClassRoseSinceItWasLetIn_GoesNowhere()
    {
        _script.SetPolicy(TurnScript.Policy.Replace("kind: [silo, caller]", "kind: [silo, caller, session-store]", StringComparison.Ordinal));
        _script.Sessions = _store;
        _store.Conversations[Conversation] = TurnScript.Caller.Label;
        _store.HistoryWasRead = () => _store.Conversations[Conversation] = TurnScript.Caller.Label with { Class = "internal" };
        _script.Text = _ => throw new InvalidOperationException("a shard was asked");

        Assert.Equal("busy", (await RunAsync(new Keeping { Conversation = Conversation, Messages = Messages("user", "two") })).Refusal!.Row.Code);
    }

    [Fact]
    public async Task Count_OfAConversationThatIsNotThere_IsRefused()
    {
        _script.Sessions = _store;

        Assert.Equal("conversation_not_found", (await RunAsync(new Keeping { Conversation = Conversation, Messages = Messages("user", "x") })).Refusal!.Row.Code);
    }

    private Task<(TextReply? Reply, Bailiwick.Silo.Hosting.Refusal? Refusal)> RunAsync(Keeping recall) =>
        new TextCalls(_script, _script, _script, _script.Sessions, TurnScript.Boundary, _script.Time).RunAsync(
            new TextRequest("small", new TextCall { CountChat = new Chat() }, Raise: null) { Recall = recall }, TurnScript.Caller, CancellationToken.None);

    private static byte[] Messages(string role, string words) => Encoding.UTF8.GetBytes($$"""[{"content":"{{words}}","role":"{{role}}"}]""");
}
