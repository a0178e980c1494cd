using Bailiwick.Client;
using Bailiwick.Protocol;
using Bailiwick.Protocol.Inference.V1;
using Bailiwick.Protocol.Receipts;
using Grpc.Core;

namespace Bailiwick.Tests.Client;

/// <summary>Promise 3 at the client's end: a stream that breaks goes on elsewhere, no token missing, none twice.</summary>
public sealed class ResumeTests
{
    private static readonly Receipt Sample = new()
    {
        Log = "test.example/log", Turn = "t-1", Build = "ab", Seed = 4711, Intent = "00", PromptSalt = "01", AnswerSalt = "02",
    };

    public static TheoryData<string, int> Breaks()
    {
        var data = new TheoryData<string, int>();
        foreach (var kind in new[] { "reset", "closed", "draining", "unavailable", "early end" })
        {
            foreach (var at in new[] { 0, 1, 11, Script.Answer.Count - 1 })
            {
                data.Add(kind, at);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Breaks))]
    public async Task Chat_BrokenBeforeAToken_GivesTheAnswerOnceFromTheNextGateway(string kind, int at)
    {
        await using var second = await ScriptedGateway.StartAsync(new Script { Receipt = Sample.ToText() });
        await using var first = await ScriptedGateway.StartAsync(Breaking(kind, at));
        using var client = new BailiwickClient(ScriptedGateway.Options(first.Address, second.Address));

        var events = await client.ChatAsync(Request()).ToListAsync();

        // What had not reached the client when the connection broke is asked for again: so the client's own count is the measure.
        var resumed = second.Script.Chats.Single();
        var kept = resumed.Resume?.Token.Count ?? 0;
        Assert.InRange(kept, 0, at);
        Assert.Equal(Script.Answer.Select(token => token.Id), Tokens(events));
        Assert.Equal(Script.Answer.Take(kept).Select(token => token.Id), resumed.Resume?.Token ?? []);
        var ended = Assert.IsType<AnswerEnded>(events[^1]);
        Assert.Equal((Script.Text, Script.Answer.Count), (ended.Answer, ended.AnswerTokens));
        Assert.Equal(Script.Text[string.Concat(Script.Answer.Take(kept).Select(token => token.Text)).Length..], ended.LastTurnAnswer);
        Assert.Equal(Sample, ended.Receipt);
        Assert.Single(events.OfType<AnswerStarted>());
    }

    [Fact]
    public async Task Chat_Resumed_IsPinnedToSeedAndBuild()
    {
        await using var second = await ScriptedGateway.StartAsync(new Script());
        await using var first = await ScriptedGateway.StartAsync(Breaking("draining", 7));
        using var client = new BailiwickClient(ScriptedGateway.Options(first.Address, second.Address));

        var events = await client.ChatAsync(Request()).ToListAsync();

        var asked = second.Script.Chats.Single();
        var started = events.OfType<AnswerStarted>().Single();
        Assert.Equal(("m@0123", started.Seed, started.Turn), (asked.Model, asked.Settings.Seed, asked.Resume.Turn));
        Assert.Equal((7, second.Address), events.OfType<AnswerResumed>().Select(resumed => (resumed.TokensKept, resumed.Gateway)).Single());
        Assert.Equal("Bearer test-key", second.Script.Credentials.Single());
    }

    [Fact]
    public async Task Chat_BrokenAtEveryGatewayAgainAndAgain_StillGivesTheAnswerOnce()
    {
        // Each call breaks after three tokens of its own.
        Script Limping() => new() { BeforeToken = LimpAsync() };
        await using var first = await ScriptedGateway.StartAsync(Limping());
        await using var second = await ScriptedGateway.StartAsync(Limping());
        using var client = new BailiwickClient(ScriptedGateway.Options(first.Address, second.Address) with { Attempts = 2 });

        var events = await client.ChatAsync(Request()).ToListAsync();

        Assert.Equal(Script.Answer.Select(token => token.Id), Tokens(events));
        Assert.InRange(events.OfType<AnswerResumed>().Count(), 7, 24);
    }

    [Fact]
    public async Task Chat_OverAConnectionThatFallsMute_GoesOnElsewhere()
    {
        await using var second = await ScriptedGateway.StartAsync(new Script());
        MuteProxy? proxy = null;
        var arrived = new TaskCompletionSource();
        await using var first = await ScriptedGateway.StartAsync(new Script
        {
            BeforeToken = async (n, context) =>
            {
                if (n == 9)
                {
                    await arrived.Task.WaitAsync(context.CancellationToken);
                    proxy!.FallMute();
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.CancellationToken);
                }
            },
        });
        await using var mute = proxy = new MuteProxy(first.Address);
        var options = ScriptedGateway.Options(proxy.Address, second.Address) with
        {
            ProbeAfter = TimeSpan.FromMilliseconds(100),
            ProbeLimit = TimeSpan.FromSeconds(1),
        };
        using var client = new BailiwickClient(options);
        var events = new List<AnswerEvent>();

        await foreach (var part in client.ChatAsync(Request()))
        {
            events.Add(part);
            if (Tokens(events).Count() == 9)
            {
                arrived.TrySetResult();
            }
        }

        Assert.Equal(Script.Answer.Select(token => token.Id), Tokens(events));
        Assert.Equal(9, events.OfType<AnswerResumed>().Single().TokensKept);
    }

    [Fact]
    public async Task Chat_GatewayThatIsSilentAndLives_IsWaitedFor()
    {
        Script? script = null;
        await using var gateway = await ScriptedGateway.StartAsync(script = new Script
        {
            BeforeToken = (n, _) => n == 4
                ? script!.Probed.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System)
                : Task.CompletedTask,
        });
        using var client = new BailiwickClient(
            ScriptedGateway.Options(gateway.Address) with { ProbeAfter = TimeSpan.FromMilliseconds(100), Attempts = 0 });

        var events = await client.ChatAsync(Request()).ToListAsync();

        Assert.Equal(Script.Answer.Select(token => token.Id), Tokens(events));
    }

    [Theory]
    [InlineData("no_replica")]
    [InlineData("draining")]
    [InlineData("policy_stale")]
    public async Task Chat_AGatewayAloneCannotServe_AsksTheNext(string code)
    {
        await using var second = await ScriptedGateway.StartAsync(new Script());
        await using var first = await ScriptedGateway.StartAsync(Refusing(code));
        using var client = new BailiwickClient(ScriptedGateway.Options(first.Address, second.Address));

        var events = await client.ChatAsync(Request()).ToListAsync();

        Assert.Equal(Script.Answer.Select(token => token.Id), Tokens(events));
        Assert.Single(first.Script.Chats);
    }

    [Fact]
    public async Task Chat_NoGatewayKnowsAReplica_FailsWhenEachHasSaidSo()
    {
        await using var first = await ScriptedGateway.StartAsync(Refusing("no_replica"));
        await using var second = await ScriptedGateway.StartAsync(Refusing("no_replica"));
        using var client = new BailiwickClient(ScriptedGateway.Options(first.Address, second.Address));

        var failure = await Assert.ThrowsAsync<BailiwickException>(async () => await client.ChatAsync(Request()).ToListAsync());

        Assert.Equal("no_replica", failure.Code);
        Assert.Single(first.Script.Chats);
        Assert.Single(second.Script.Chats);
    }

    [Fact]
    public async Task Chat_WithoutAnyGateway_FailsAfterItsAttempts()
    {
        var address = new Uri($"http://127.0.0.1:{MuteProxy.FreePort()}");
        using var client = new BailiwickClient(ScriptedGateway.Options(address) with { Attempts = 3 });

        var failure = await Assert.ThrowsAsync<BailiwickException>(async () => await client.ChatAsync(Request()).ToListAsync());

        Assert.Equal((BailiwickException.Unreachable, 503), (failure.Code, failure.Http));
    }

    [Fact]
    public async Task Chat_RefusedByPolicy_IsNotTriedAgainAndSaysWhy()
    {
        await using var gateway = await ScriptedGateway.StartAsync(new Script
        {
            AtStart = _ => throw ScriptedGateway.Refusal(
                Errors.ResidencyDenied, "The policy denies it.", null, ("rules", "QS-1,!no-match"), ("why", "Not here.\nNot there.")),
        });
        using var client = new BailiwickClient(ScriptedGateway.Options(gateway.Address, gateway.Address));

        var failure = await Assert.ThrowsAsync<BailiwickException>(async () => await client.ChatAsync(Request()).ToListAsync());

        Assert.Single(gateway.Script.Chats);
        Assert.Equal(("residency_denied", 403, StatusCode.PermissionDenied), (failure.Code, failure.Http, failure.Status));
        Assert.Equal("The policy denies it.", failure.Message);
        Assert.Equal(["QS-1", "!no-match"], failure.Rules);
        Assert.Equal(["Not here.", "Not there."], failure.Why);
    }

    [Fact]
    public async Task Chat_FullQueue_SaysWhenToComeBack()
    {
        await using var gateway = await ScriptedGateway.StartAsync(new Script
        {
            AtStart = _ => throw ScriptedGateway.Refusal(Errors.Queue, "Twelve wait.", TimeSpan.FromSeconds(7)),
        });
        using var client = new BailiwickClient(ScriptedGateway.Options(gateway.Address));

        var failure = await Assert.ThrowsAsync<BailiwickException>(async () => await client.ChatAsync(Request()).ToListAsync());

        Assert.Equal(("queue", 429, TimeSpan.FromSeconds(7)), (failure.Code, failure.Http, failure.RetryAfter));
    }

    [Fact]
    public async Task Chat_RefusedInMidStream_HasTheReceiptOfWhatLeft()
    {
        await using var gateway = await ScriptedGateway.StartAsync(new Script
        {
            BeforeToken = (n, context) =>
            {
                if (n == 3)
                {
                    context.ResponseTrailers.Add(Receipt.Trailer, Sample.ToText());
                    throw ScriptedGateway.Refusal(Errors.ResidencyDenied, "The policy changed.");
                }

                return Task.CompletedTask;
            },
        });
        using var client = new BailiwickClient(ScriptedGateway.Options(gateway.Address));
        var events = new List<AnswerEvent>();

        var failure = await Assert.ThrowsAsync<BailiwickException>(async () =>
        {
            await foreach (var part in client.ChatAsync(Request()))
            {
                events.Add(part);
            }
        });

        Assert.Equal(3, Tokens(events).Count());
        Assert.Equal(Sample, failure.Receipt);
    }

    [Fact]
    public async Task Chat_Cancelled_EndsTheCallAtTheGateway()
    {
        var ended = new TaskCompletionSource();
        await using var gateway = await ScriptedGateway.StartAsync(new Script
        {
            BeforeToken = async (n, context) =>
            {
                if (n == 2)
                {
                    context.CancellationToken.Register(ended.SetResult);
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.CancellationToken);
                }
            },
        });
        using var client = new BailiwickClient(ScriptedGateway.Options(gateway.Address));
        using var cancel = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var part in client.ChatAsync(Request(), cancel.Token))
            {
                if (part is AnswerDelta { Tokens: [{ Id: 1001 }] })
                {
                    await cancel.CancelAsync();
                }
            }
        });

        await ended.Task.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System);
    }

    [Fact]
    public async Task ListModels_FirstGatewayGone_AsksTheNext()
    {
        await using var second = await ScriptedGateway.StartAsync(new Script());
        var gone = new Uri($"http://127.0.0.1:{MuteProxy.FreePort()}");
        using var client = new BailiwickClient(ScriptedGateway.Options(gone, second.Address));

        Assert.Equal("m", (await client.ListModelsAsync()).Single().Name);
        Assert.Equal([104, 105], await client.TokenizeAsync("m", "hi"));
    }

    private static ChatRequest Request() => new() { Model = "m", Messages = { new Message { Role = "user", Content = "Go." } } };

    private static IEnumerable<int> Tokens(IEnumerable<AnswerEvent> events) =>
        events.OfType<AnswerDelta>().SelectMany(delta => delta.Tokens).Select(token => token.Id);

    private static Script Refusing(string code) => new()
    {
        AtStart = _ => throw ScriptedGateway.Refusal(Errors.All.Single(row => row.Code == code), "Not here."),
    };

    private static Script Breaking(string kind, int at)
    {
        Task BreakAsync(int n, ServerCallContext context)
        {
            if (n != at)
            {
                return Task.CompletedTask;
            }

            switch (kind)
            {
                case "reset":
                    context.GetHttpContext().Abort();
                    return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.CancellationToken);
                case "closed":
                    context.GetHttpContext().Features.Get<Microsoft.AspNetCore.Connections.Features.IConnectionLifetimeFeature>()!.Abort();
                    return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.CancellationToken);
                case "draining":
                    throw ScriptedGateway.Refusal(Errors.Draining, "Goes out of service.");
                case "unavailable":
                    throw new RpcException(new Status(StatusCode.Unavailable, "gone"));
                default:
                    throw new EarlyEndException();
            }
        }

        return new Script { BeforeToken = BreakAsync };
    }

    private static Func<int, ServerCallContext, Task> LimpAsync()
    {
        var sent = 0;
        return (_, _) => sent++ % 4 == 3 ? throw new RpcException(new Status(StatusCode.Unavailable, "gone")) : Task.CompletedTask;
    }
}
