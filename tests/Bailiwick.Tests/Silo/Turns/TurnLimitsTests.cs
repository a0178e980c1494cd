using Bailiwick.Protocol;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Turns;
using Microsoft.AspNetCore.Http;

namespace Bailiwick.Tests.Silo.Turns;

/// <summary>Limits of tenants and keys, and how doors tell of them. The limiter's clock is the machine's: no test waits for it.</summary>
public sealed class TurnLimitsTests
{
    private static readonly Caller First = TurnScript.Caller;
    private static readonly Caller Second = First with { KeyId = "k-2" };

    [Fact]
    public void Requests_AboveTheTenantsLimit_AreRefusedWithTheTimeToWait()
    {
        using var limits = new TurnLimits([new LimitModel(First.Label.Tenant!, PerKey: false, Requests: 2, Tokens: null)]);

        Assert.Null(limits.Take(First, TurnScript.Request()));
        Assert.Null(limits.Take(Second, TurnScript.Request()));
        var refusal = limits.Take(First, TurnScript.Request())!;

        Assert.Equal(Errors.Quota, refusal.Row);
        Assert.Equal("The limit of this tenant, 2 requests a minute, is used up.", refusal.Sentence);
        Assert.InRange(refusal.RetryAfter!.Value, TimeSpan.FromTicks(1), TimeSpan.FromMinutes(1));
        Assert.Equal((2, 0L), (limits.StateOf(First).Requests!.Value.Limit, limits.StateOf(First).Requests!.Value.Remaining));
        Assert.Null(limits.StateOf(First).Tokens);
    }

    [Fact]
    public void Requests_OfEachKey_AreCountedForThemselvesAndForTheTenant()
    {
        using var limits = new TurnLimits([
            new LimitModel(First.Label.Tenant!, PerKey: true, Requests: 1, Tokens: null), new LimitModel(First.Label.Tenant!, PerKey: false, Requests: 3, Tokens: null)]);

        Assert.Null(limits.Take(First, TurnScript.Request()));
        Assert.Equal("The limit of this key, 1 requests a minute, is used up.", limits.Take(First, TurnScript.Request())!.Sentence);
        Assert.Null(limits.Take(Second, TurnScript.Request()));
        // The least of both is what the caller has.
        Assert.Equal(0, limits.StateOf(Second).Requests!.Value.Remaining);
    }

    [Fact]
    public void Requests_OfAnotherTenant_HaveNoLimit()
    {
        using var limits = new TurnLimits([new LimitModel("another", PerKey: false, Requests: 1, Tokens: 1)]);

        Assert.All(Enumerable.Range(0, 10), _ => Assert.Null(limits.Take(First, TurnScript.Request())));
        Assert.Equal((null, null), limits.StateOf(First));
    }

    [Fact]
    public void Tokens_OfATurnThatIsKept_CountWhatItBrings()
    {
        using var limits = new TurnLimits([new LimitModel(First.Label.Tenant!, PerKey: false, Requests: null, Tokens: 100)]);
        var kept = TurnScript.Request() with
        {
            Prompt = default, Keep = new Bailiwick.Silo.Sessions.Keeping { Store = true, Lead = new byte[200], Messages = new byte[200] },
        };

        Assert.Equal(Errors.TooLarge, limits.Take(First, kept)!.Row);
    }

    [Fact]
    public void Requests_ThatAreNoTurns_CountBesideTurnsAndTakeNoTokens()
    {
        using var limits = new TurnLimits([new LimitModel(First.Label.Tenant!, PerKey: false, Requests: 2, Tokens: 100)]);

        Assert.Null(limits.Take(First, TurnScript.Request()));
        Assert.Null(limits.TakeRequest(First));
        Assert.Equal(Errors.Quota, limits.TakeRequest(First)!.Row);
        Assert.InRange(limits.StateOf(First).Tokens!.Value.Remaining, 82, 100);
    }

    [Fact]
    public void Probe_OfTheGateway_IsNotCounted()
    {
        using var limits = new TurnLimits([new LimitModel(First.Label.Tenant!, PerKey: false, Requests: 1, Tokens: null)]);
        Assert.Null(limits.Take(First, TurnScript.Request()));

        Assert.Null(limits.Take(First with { KeyId = ProbeTurn.KeyId }, TurnScript.Request()));
    }

    [Fact]
    public void Tokens_AreCountedAsTheTurnAsksForThem()
    {
        // A quarter of the prompt's bytes, and at most 16 tokens of answer.
        var asked = (TurnScript.Prompt.Length / 4) + 16;
        using var limits = new TurnLimits([new LimitModel(First.Label.Tenant!, PerKey: false, Requests: null, Tokens: asked + 1)]);

        Assert.Null(limits.Take(First, TurnScript.Request()));
        Assert.Equal(1, limits.StateOf(First).Tokens!.Value.Remaining);
        Assert.Equal(Errors.Quota, limits.Take(First, TurnScript.Request())!.Row);
    }

    [Fact]
    public void Tokens_OfATurnThatNamesNoLimit_AreThoseOfTheUsualAnswer()
    {
        using var limits = new TurnLimits([new LimitModel(First.Label.Tenant!, PerKey: false, Requests: null, Tokens: 1000)]);
        var request = TurnScript.Request();
        request.Submit.MaxTokens = 0;

        Assert.Null(limits.Take(First, request));

        Assert.Equal(1000 - 256 - (TurnScript.Prompt.Length / 4), limits.StateOf(First).Tokens!.Value.Remaining);
    }

    [Fact]
    public void Request_ThatNoWaitWouldAllow_IsTooLargeAndSaysBothNumbers()
    {
        using var limits = new TurnLimits([new LimitModel(First.Label.Tenant!, PerKey: false, Requests: null, Tokens: 10)]);

        var refusal = limits.Take(First, TurnScript.Request())!;

        Assert.Equal((Errors.TooLarge, (TimeSpan?)null), (refusal.Row, refusal.RetryAfter));
        Assert.Contains("10 tokens a minute", refusal.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Turn_AboveItsLimit_IsRefusedBeforeAnythingIsDecided()
    {
        using var limits = new TurnLimits([new LimitModel(First.Label.Tenant!, PerKey: false, Requests: 1, Tokens: null)]);
        var script = new TurnScript { Limits = limits };
        script.Then(TurnScript.Started(), TurnScript.Tokens(7, "a"), TurnScript.Stop(1));

        Assert.IsType<TurnEnded>((await script.RunAsync(TurnScript.Request()))[^1]);
        var records = script.Leaves.Count;
        var events = await script.RunAsync(TurnScript.Request());

        Assert.Equal(Errors.Quota, Assert.IsType<TurnRefused>(Assert.Single(events)).Refusal.Row);
        Assert.Equal(records, script.Leaves.Count);
    }

    [Fact]
    public void Headers_OfALimitedCaller_AreOpenAIs()
    {
        using var limits = new TurnLimits([new LimitModel(First.Label.Tenant!, PerKey: false, Requests: 4, Tokens: 1000)]);
        limits.Take(First, TurnScript.Request());
        var headers = new HeaderDictionary();

        RateHeaders.Write(headers, limits, First);

        Assert.Equal(
            ["x-ratelimit-limit-requests", "x-ratelimit-limit-tokens", "x-ratelimit-remaining-requests", "x-ratelimit-remaining-tokens",
            "x-ratelimit-reset-requests", "x-ratelimit-reset-tokens"],
            headers.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(
            ["4", "3", "15s"],
            new[] { "limit", "remaining", "reset" }.Select(what => headers[$"x-ratelimit-{what}-requests"].ToString()));
    }

    [Theory]
    [InlineData(0, "0ms")]
    [InlineData(0.25, "250ms")]
    [InlineData(7, "7s")]
    [InlineData(59.5, "60s")]
    [InlineData(90, "1m30s")]
    public void Duration_OfAReset_IsWrittenAsOpenAIDoes(double seconds, string text) =>
        Assert.Equal(text, RateHeaders.Duration(TimeSpan.FromSeconds(seconds)));
}
