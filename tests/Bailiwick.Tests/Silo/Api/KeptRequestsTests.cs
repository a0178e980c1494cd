using System.Runtime.CompilerServices;
using Bailiwick.Protocol;
using Bailiwick.Protocol.Inference.V1;
using Bailiwick.Protocol.Stored.V1;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Sessions;
using Bailiwick.Silo.Turns;
using Google.Protobuf;
using Grpc.Core;
using TurnEvent = Bailiwick.Silo.Turns.TurnEvent;

namespace Bailiwick.Tests.Silo.Api;

/// <summary>Turns that are kept or go on without their call, as a gRPC client meets them.</summary>
public sealed class KeptRequestsTests : IAsyncLifetime
{
    private const string Id = "turn_0123456789abcdef0123456789abcdef";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private DoorHost _host = null!;

    private InferenceService.InferenceServiceClient Client => new(_host.Channel);

    public async Task InitializeAsync()
    {
        _host = await DoorHost.StartAsync();
        _host.Conversations.Turns.Add(new StoredTurn
        {
            Id = Id, Owner = "k", State = TurnState.Failed, Code = "draining", Label = new("local", "public", "service-provision", "quick-start"),
            Model = "tiny@a", Seed = 7, Turn = "t-1", Created = DateTimeOffset.UnixEpoch, Attempt = 1, Previous = "turn_before",
            Asked = new StoredRequest { Messages = ByteString.CopyFromUtf8("[]") },
        });
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Theory]
    [InlineData(0, "Hello, you")]
    [InlineData(1, "lo, you")]
    [InlineData(3, " you")]
    [InlineData(9, "")]
    public async Task Follow_SkippingTokens_GivesTheRest(int skip, string text)
    {
        _host.Turns.Kept = [ScriptedTurns.Started, ScriptedTurns.Tokens("Hel", "lo"), ScriptedTurns.Tokens(",", " you"), ScriptedTurns.Whole];

        using var call = Client.FollowRequest(new FollowRequestRequest { Id = "t-1", Skip = skip }, _host.As("inference"));
        var events = await call.ResponseStream.ReadAllAsync().ToListAsync();

        Assert.Equal(Id, _host.Turns.Followed);
        Assert.Equal(text, string.Concat(events.Select(one => one.Delta?.Text)));
        Assert.NotNull(events[0].Started);
        Assert.Equal(FinishReason.Stop, events[^1].Finished.Reason);
    }

    [Fact]
    public async Task Requests_ThatAreNotThere_AreNotFound()
    {
        var headers = _host.As("inference");
        await RefusedAsync(StatusCode.NotFound, async () => await Client.FollowRequest(new() { Id = "turn_x" }, headers).ResponseStream.MoveNext(default));
        await RefusedAsync(StatusCode.NotFound, async () => await Client.CancelRequestAsync(new() { Id = "turn_x" }, headers));
        await RefusedAsync(StatusCode.NotFound, async () => await Client.DeleteRequestAsync(new() { Id = "turn_x" }, headers));
        await RefusedAsync(StatusCode.InvalidArgument, async () => await Client.FollowRequest(new() { Id = Id, Skip = -1 }, headers).ResponseStream.MoveNext(default));
    }

    [Fact]
    public async Task Request_ByTheIdOfItsRecords_IsReadCancelledAndDeleted()
    {
        var headers = _host.As("inference");

        var read = await Client.GetRequestAsync(new GetRequestRequest { Id = "t-1" }, headers);
        Assert.Equal((Id, RequestState.Failed, "draining", "[]", "", "turn_before"), (read.Id, read.State, read.Error, read.MessagesJson, read.AnswerJson, read.Previous));
        await Client.CancelRequestAsync(new CancelRequestRequest { Id = "t-1" }, headers);
        Assert.Equal(Id, _host.Conversations.Cancelled);
        await Client.DeleteRequestAsync(new DeleteRequestRequest { Id = "t-1" }, headers);
        Assert.Equal(Erasure.ByCaller, _host.Conversations.Ground);
        await RefusedAsync(StatusCode.NotFound, async () => await Client.GetRequestAsync(new GetRequestRequest { Id = Id }, headers));
    }

    [Fact]
    public async Task Chat_InTheBackground_GoesOnWhenItsCallEnds()
    {
        var (goOn, cancelled) = (new TaskCompletionSource(), new TaskCompletionSource<bool>());
        _host.Turns.Script = (_, cancellationToken) => WaitAsync(goOn.Task, cancelled, cancellationToken);
        _host.Turns.Kept = [ScriptedTurns.Started, ScriptedTurns.Tokens("Hel")];
        using (var call = Client.Chat(Ask(background: true, store: true), _host.As("inference")))
        {
            Assert.True(await call.ResponseStream.MoveNext(default));
            Assert.True(await call.ResponseStream.MoveNext(default));
        }

        goOn.SetResult();
        Assert.False(await cancelled.Task.WaitAsync(Patience));
        Assert.StartsWith("turn_", _host.Turns.Asked!.Keep!.Id, StringComparison.Ordinal);
        Assert.Equal(_host.Turns.Asked.Keep.Id, _host.Turns.Followed);
    }

    [Fact]
    public async Task Chat_InTheBackgroundThatIsRefused_SaysWhyAndIsNotFollowed()
    {
        _host.Turns.Play(new TurnRefused(new Refusal(Errors.Queue, "The queue is full.")));

        await RefusedAsync(StatusCode.ResourceExhausted, async () => await Client.Chat(Ask(background: true, store: true), _host.As("inference")).ResponseStream.MoveNext(default));

        Assert.Null(_host.Turns.Followed);
    }

    [Theory]
    [InlineData(new[] { 1 }, "lo, you", null)]
    [InlineData(new[] { 1, 2, 1 }, " you", null)]
    [InlineData(new[] { 1, 2, 9 }, "", "not those of this answer")]
    public async Task Chat_InTheBackgroundForWhoHasTokens_GivesTheRest(int[] had, string text, string? fault)
    {
        _host.Turns.Play(ScriptedTurns.Started, ScriptedTurns.Whole);
        _host.Turns.Kept = [ScriptedTurns.Started, ScriptedTurns.Tokens("Hel", "lo"), ScriptedTurns.Tokens(",", " you"), ScriptedTurns.Whole];
        var request = Ask(background: true, store: true);
        (request.Settings, request.Resume) = (new Settings { Seed = 7 }, new Resume { Turn = "t-1", Token = { had } });

        using var call = Client.Chat(request, _host.As("inference"));
        var (told, refused) = ("", (RpcException?)null);
        try
        {
            await foreach (var one in call.ResponseStream.ReadAllAsync())
            {
                told += one.Delta?.Text;
            }
        }
        catch (RpcException problem)
        {
            refused = problem;
        }

        Assert.Equal((text, fault is null), (told, refused is null));
        Assert.Contains(fault ?? "", refused?.Status.Detail ?? "", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, false, "", "", "background")]
    [InlineData(false, false, "turn_1", "conv_1", "previous")]
    public async Task Chat_WithWhatDoesNotGoTogether_IsInvalidAndNamesIt(bool background, bool store, string previous, string conversation, string field)
    {
        var request = Ask(background, store);
        (request.Previous, request.Conversation) = (previous, conversation);
        var refused = await RefusedAsync(StatusCode.InvalidArgument, async () => await Client.Chat(request, _host.As("inference")).ResponseStream.MoveNext(default));
        Assert.Contains($"The field {field}", refused.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chat_AfterAKeptTurn_SaysSoToTheTurn()
    {
        _host.Turns.Play(ScriptedTurns.Started, ScriptedTurns.Whole);
        var request = Ask(background: false, store: false);
        request.Previous = Id;
        using var call = Client.Chat(request, _host.As("inference"));
        await call.ResponseStream.ReadAllAsync().ToListAsync();
        Assert.Equal((Id, false), (_host.Turns.Asked!.Keep!.Previous, _host.Turns.Asked.Keep.Store));
    }

    private static ChatRequest Ask(bool background, bool store) => new()
    {
        Model = "tiny", Messages = { new Message { Role = "user", Content = "hello" } }, Background = background, Store = store,
    };

    private static async Task<RpcException> RefusedAsync(StatusCode code, Func<Task> call)
    {
        var refused = await Assert.ThrowsAsync<RpcException>(call);
        Assert.Equal(code, refused.StatusCode);
        return refused;
    }

    private static async IAsyncEnumerable<TurnEvent> WaitAsync(
        Task goOn, TaskCompletionSource<bool> cancelled, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return ScriptedTurns.Started;
        yield return ScriptedTurns.Tokens("Hel");
        await goOn;
        yield return ScriptedTurns.Tokens("lo");
        cancelled.SetResult(cancellationToken.IsCancellationRequested);
        yield return ScriptedTurns.Whole;
    }
}
