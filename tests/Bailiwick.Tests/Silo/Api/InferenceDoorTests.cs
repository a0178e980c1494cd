using Bailiwick.Evidence;
using Bailiwick.Protocol;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Protocol.Inference.V1;
using Bailiwick.Protocol.Receipts;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Shards;
using Bailiwick.Silo.Turns;
using Google.Rpc;
using Grpc.Core;
using Label = Bailiwick.Protocol.Inference.V1.Label;
using Message = Bailiwick.Protocol.Inference.V1.Message;

namespace Bailiwick.Tests.Silo.Api;

/// <summary>The inference service as a gRPC client meets it.</summary>
public sealed class InferenceDoorTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private DoorHost _host = null!;

    private InferenceService.InferenceServiceClient Client => new(_host.Channel);

    public async Task InitializeAsync() => _host = await DoorHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Chat_WholeAnswer_StreamsStartedDeltasFinishedAndTheReceipt()
    {
        _host.Turns.Play(ScriptedTurns.Started, ScriptedTurns.Tokens("Hel", "lo"), ScriptedTurns.Whole);

        using var call = Client.Chat(Question(), _host.As("inference"));
        var answer = await ReadAsync(call);

        Assert.Equal(
            [ChatResponse.EventOneofCase.Started, ChatResponse.EventOneofCase.Delta, ChatResponse.EventOneofCase.Finished],
            answer.Select(message => message.EventCase));
        Assert.Equal($"tiny@{new string('a', 64)}", answer[0].Started.Model);
        Assert.Equal((7UL, 5), (answer[0].Started.Seed, answer[0].Started.PromptTokens));
        Assert.Equal("Hello", answer[1].Delta.Text);
        Assert.Equal([1, 2], answer[1].Delta.Token.Select(token => token.Id));
        Assert.All(answer[1].Delta.Token, token => Assert.False(token.HasLogprob));
        Assert.Equal((FinishReason.Stop, "!", 2), (answer[2].Finished.Reason, answer[2].Finished.Text, answer[2].Finished.AnswerTokens));
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
        Assert.True(Receipt.TryParse(call.GetTrailers().GetValue(Receipt.Trailer), out var receipt));
        Assert.Equal(ScriptedTurns.Receipt, receipt);
    }

    [Fact]
    public async Task Chat_OfAKey_IsATurnOfItsLabelAndPlace()
    {
        _host.Turns.Play(ScriptedTurns.Started, ScriptedTurns.Whole);

        using var call = Client.Chat(Question(), _host.As("inference"));
        await ReadAsync(call);

        var caller = _host.Turns.Caller!;
        Assert.Equal("quick-start", caller.Label.Tenant);
        Assert.Equal(Bailiwick.Residency.Place.In("local-1", Bailiwick.Residency.Proof.Contract), caller.Place);
        Assert.Equal(["inference"], caller.Scopes);
    }

    [Fact]
    public async Task Generate_WithLogprobs_CarriesThem()
    {
        _host.Turns.Play(ScriptedTurns.Started, ScriptedTurns.Tokens("a"), ScriptedTurns.Whole);
        var request = new GenerateRequest { Model = "tiny", Prompt = "x", Settings = new() { Logprobs = true } };

        using var call = Client.Generate(request, _host.As("inference"));
        Assert.True(await call.ResponseStream.MoveNext(default));
        Assert.True(await call.ResponseStream.MoveNext(default));

        Assert.Equal(-0.5f, Assert.Single(call.ResponseStream.Current.Delta.Token).Logprob);
    }

    [Fact]
    public async Task Chat_Refused_GivesRulesReasonAndWait()
    {
        _host.Turns.Play(new TurnRefused(new Refusal(Errors.ResidencyDenied, "Policy denies this.")
        {
            Rules = ["QS-1", "!no-match"], RefusedAt = "silo", Why = ["Public work only."], RetryAfter = TimeSpan.FromSeconds(3),
        }));

        using var call = Client.Chat(Question(), _host.As("inference"));
        var problem = await Assert.ThrowsAsync<RpcException>(() => ReadAsync(call));

        Assert.Equal(StatusCode.PermissionDenied, problem.StatusCode);
        Assert.StartsWith("Policy denies this. ", problem.Status.Detail, StringComparison.Ordinal);
        var status = problem.GetRpcStatus()!;
        var info = status.GetDetail<ErrorInfo>()!;
        Assert.Equal(("bailiwick", "residency_denied"), (info.Domain, info.Reason));
        Assert.Equal("QS-1,!no-match", info.Metadata["rules"]);
        Assert.Equal("silo", info.Metadata["refused_at"]);
        Assert.Equal("Public work only.", info.Metadata["why"]);
        Assert.Equal(3, status.GetDetail<RetryInfo>()!.RetryDelay.Seconds);
        Assert.Null(problem.Trailers.GetValue(Receipt.Trailer));
    }

    [Fact]
    public async Task Chat_FailedMidStream_GivesTokensThenStatusDetailsAndReceipt()
    {
        _host.Turns.Play(
            ScriptedTurns.Started, ScriptedTurns.Tokens("Hel"),
            new TurnFailed(new Refusal(Errors.Deadline, "The time is up."), ScriptedTurns.Receipt with { Outcome = null }));

        using var call = Client.Chat(Question(), _host.As("inference"));
        var seen = new List<ChatResponse>();
        var problem = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            await foreach (var message in call.ResponseStream.ReadAllAsync())
            {
                seen.Add(message);
            }
        });

        Assert.Equal("Hel", seen[^1].Delta.Text);
        Assert.Equal(StatusCode.DeadlineExceeded, problem.StatusCode);
        Assert.Equal("deadline", problem.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason);
        Assert.True(Receipt.TryParse(call.GetTrailers().GetValue(Receipt.Trailer), out var receipt));
        Assert.Null(receipt.Outcome);
    }

    [Fact]
    public async Task Chat_WithoutMessages_NamesTheFieldAndRunsNothing()
    {
        using var call = Client.Chat(new ChatRequest { Model = "tiny" }, _host.As("inference"));
        var problem = await Assert.ThrowsAsync<RpcException>(() => ReadAsync(call));

        Assert.Equal(StatusCode.InvalidArgument, problem.StatusCode);
        Assert.Equal("messages", Assert.Single(problem.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations).Field);
        Assert.Null(_host.Turns.Asked);
    }

    [Fact]
    public async Task Chat_Cancelled_EndsTheTurn()
    {
        _host.Turns.PlayUntilCancelled();
        using var cancel = new CancellationTokenSource();
        using var call = Client.Chat(Question(), _host.As("inference"), cancellationToken: cancel.Token);
        Assert.True(await call.ResponseStream.MoveNext(default));

        await cancel.CancelAsync();

        Assert.True(await _host.Turns.Ended.Task.WaitAsync(Patience), "the turn ended without being cancelled");
        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => ReadAsync(call))).StatusCode);
    }

    [Fact]
    public async Task Chat_WithADeadline_TellsTheTurnAndEndsIt()
    {
        _host.Turns.PlayUntilCancelled();
        using var call = Client.Chat(Question(), _host.As("inference"), TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(3));

        var problem = await Assert.ThrowsAsync<RpcException>(() => ReadAsync(call));

        Assert.Equal(StatusCode.DeadlineExceeded, problem.StatusCode);
        Assert.True(await _host.Turns.Ended.Task.WaitAsync(Patience), "the turn ended without being cancelled");
        Assert.InRange(_host.Turns.Asked!.Submit.DeadlineMs, 1, 3000);
    }

    [Fact]
    public async Task Chat_WhoseTurnThrows_IsInternalWithoutItsMessage()
    {
        _host.Turns.Script = (_, _) => throw new InvalidOperationException("marker-4711");

        using var call = Client.Chat(Question(), _host.As("inference"));
        var problem = await Assert.ThrowsAsync<RpcException>(() => ReadAsync(call));

        Assert.Equal(StatusCode.Internal, problem.StatusCode);
        Assert.DoesNotContain("marker", problem.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chat_LargerThanTheLimit_IsRefusedAndTheDoorLives()
    {
        var headers = _host.As("inference");
        var question = Question();
        question.Messages[0].Content = new string('x', 5 << 20);

        using var call = Client.Chat(question, headers);
        Assert.Equal(StatusCode.ResourceExhausted, (await Assert.ThrowsAsync<RpcException>(() => ReadAsync(call))).StatusCode);

        Assert.Single((await Client.ListModelsAsync(new(), headers)).Models);
    }

    [Fact]
    public async Task Tokenize_AllowedText_GivesItsIds()
    {
        var reply = await Client.TokenizeAsync(new TokenizeRequest { Model = "tiny-alias", Text = "AB" }, _host.As("inference"));

        Assert.Equal([65, 66], reply.Token);
    }

    [Fact]
    public async Task Tokenize_RaisedAboveWhatPolicyAllows_IsDeniedAndRecorded()
    {
        var request = new TokenizeRequest { Model = "tiny", Text = "AB", Label = new Label { Class = "internal" } };

        var problem = await Assert.ThrowsAsync<RpcException>(async () => await Client.TokenizeAsync(request, _host.As("inference")));

        Assert.Equal(StatusCode.PermissionDenied, problem.StatusCode);
        Assert.Equal("!no-match", problem.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Metadata["rules"]);
        var leaf = Assert.IsType<DenyLeaf>(Assert.Single(_host.Intake.Leaves));
        Assert.Equal(["!no-match"], leaf.Decision.Rules);
        Assert.Equal("caller", leaf.Decision.RefusedAt);
        Assert.Equal("public", leaf.CredentialLabel!.Class);
    }

    [Theory]
    [InlineData("nowhere", "AB", "model_not_found")]
    [InlineData("", "AB", "invalid")]
    [InlineData("importing", "AB", "no_replica")]
    [InlineData("tiny", "stale", "policy_stale")]
    [InlineData("tiny", "gone", "no_replica")]
    [InlineData("tiny", "long", "too_large")]
    public async Task Tokenize_Refused_SaysWhy(string model, string text, string code)
    {
        _host.Shards.Current = new([.. _host.Shards.Current.Models, ScriptedShards.Model("importing", ScriptedShards.Replica(ReplicaPhase.Importing))]);
        _host.Board.IsStale = text == "stale";
        _host.Shards.Reply = _ => text == "gone" ? null : new TextReply { Problem = new Problem { Code = "too_large", Sentence = "Too long." } };

        var problem = await Assert.ThrowsAsync<RpcException>(async () =>
            await Client.TokenizeAsync(new TokenizeRequest { Model = model, Text = text }, _host.As("inference")));

        Assert.Equal(code, problem.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason);
    }

    [Fact]
    public async Task GetModel_ByAlias_ShowsItsReplicas()
    {
        var model = (await Client.GetModelAsync(new GetModelRequest { Name = "tiny-alias" }, _host.As("inference"))).Model;

        Assert.Equal(("tiny", "Apache-2.0", 512, ModelState.Ready), (model.Name, model.Licence, model.ContextTokens, model.State));
        var replica = Assert.Single(model.Replicas);
        Assert.Equal(("local-1", "n1", ModelState.Ready, 7, 1, 2), (replica.Zone, replica.Node, replica.State, replica.KvBlocksFree, replica.Active, replica.Waiting));
        var missing = await Assert.ThrowsAsync<RpcException>(async () =>
            await Client.GetModelAsync(new GetModelRequest { Name = "nowhere" }, _host.As("inference")));
        Assert.Equal(StatusCode.NotFound, missing.StatusCode);
    }

    [Fact]
    public async Task Models_NoZoneOfThemIsAllowed_AreNotThereAtEitherDoor()
    {
        _host.Shards.Current = new(
            [ScriptedShards.Model("elsewhere", ScriptedShards.Replica(ReplicaPhase.Ready, "other-1")), .. _host.Shards.Current.Models]);
        var headers = _host.As("inference");

        Assert.Equal("tiny", Assert.Single((await Client.ListModelsAsync(new(), headers)).Models).Name);
        var hidden = await Assert.ThrowsAsync<RpcException>(async () =>
            await Client.GetModelAsync(new GetModelRequest { Name = "elsewhere-alias" }, headers));
        Assert.Equal("model_not_found", hidden.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason);
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new("Bearer", _host.Keyring.Add("inference"));
        var list = await http.GetStringAsync(_host.At(_host.Listen.Http, "/v1/models"));
        Assert.Contains("\"tiny\"", list, StringComparison.Ordinal);
        Assert.DoesNotContain("elsewhere", list, StringComparison.Ordinal);
        using var one = await http.GetAsync(_host.At(_host.Listen.Http, "/v1/models/elsewhere"));
        Assert.Equal(System.Net.HttpStatusCode.NotFound, one.StatusCode);
        // Nobody asked for an answer, so nothing was denied.
        Assert.Empty(_host.Intake.Leaves);
    }

    [Theory]
    [InlineData(true, "policy_stale")]
    [InlineData(false, "no_replica")]
    public async Task GetModel_GatewayThatDoesNotKnowYet_SendsElsewhere(bool isStale, string code)
    {
        _host.Board.IsStale = isStale;
        _host.Shards.Current = ReplicaSnapshot.Empty;

        var problem = await Assert.ThrowsAsync<RpcException>(async () =>
            await Client.GetModelAsync(new GetModelRequest { Name = "tiny" }, _host.As("inference")));

        Assert.Equal(code, problem.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason);
    }

    private static ChatRequest Question() => new() { Model = "tiny", Messages = { new Message { Role = "user", Content = "Hello?" } } };

    private static async Task<List<ChatResponse>> ReadAsync(AsyncServerStreamingCall<ChatResponse> call)
    {
        var answer = new List<ChatResponse>();
        await foreach (var message in call.ResponseStream.ReadAllAsync())
        {
            answer.Add(message);
        }

        return answer;
    }
}
