using Bailiwick.Evidence;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Silo.Shards;
using Bailiwick.Silo.Turns;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bailiwick.Tests.Silo.Turns;

/// <summary>Readiness by a real token: when a gateway asks itself for one, as whom, and what it says of itself.</summary>
public sealed class ProbeTests : IDisposable
{
    private static readonly string WithPurpose = TurnScript.Policy.Replace("weapons]", "weapons, probe]", StringComparison.Ordinal);
    private static readonly CancellationToken Never = CancellationToken.None;

    private readonly TurnScript _script = new();
    private readonly LastAnswer _last;
    private readonly Probe _probe;

    public ProbeTests()
    {
        _script.SetPolicy(WithPurpose);
        _last = new LastAnswer(_script.Time);
        _probe = new Probe(
            _script.Turns(_last), _last, _script, _script, TurnScript.Boundary, "de-1", _script.Time, NullLogger<Probe>.Instance);
    }

    public void Dispose() => _probe.Dispose();

    [Fact]
    public async Task Gateway_WithoutAnAnswer_AsksForOneTokenAndIsReady()
    {
        Answers();

        await _probe.LookAsync(Never);

        Assert.Null(_probe.Unready);
        Assert.Null(_probe.Remark);
        var intent = Assert.Single(_script.Leaves.OfType<IntentLeaf>());
        Assert.Equal(("probe", "probe", "public", 1L), (intent.Caller.Subject, intent.Label.Purpose, intent.Label.Class, intent.Sampler.MaxTokens));
        Assert.Equal(Finish.Length, Assert.Single(_script.Leaves.OfType<OutcomeLeaf>()).Finish);
    }

    [Fact]
    public async Task Gateway_WhoseCallersGetAnswers_AsksNothing()
    {
        _last.Saw();
        _script.Time.Advance(Probe.Interval - TimeSpan.FromSeconds(1));

        await _probe.LookAsync(Never);
        Assert.Empty(_script.Leaves);

        _script.Time.Advance(TimeSpan.FromSeconds(1));
        Answers();
        await _probe.LookAsync(Never);
        Assert.Single(_script.Leaves.OfType<IntentLeaf>());
    }

    [Fact]
    public async Task Gateway_WhoseProbesFail_IsNotReadyWhenTheProofIsOld()
    {
        _last.Saw();
        _script.Time.Advance(Probe.Interval);
        _script.Then(TurnScript.Refused("queue", "Full."));
        await _probe.LookAsync(Never);
        Assert.Null(_probe.Unready);

        _script.Time.Advance(Probe.Freshness);

        Assert.Equal("No token comes through the real path: queue.", _probe.Unready);
        Answers();
        await _probe.LookAsync(Never);
        Assert.Null(_probe.Unready);
    }

    [Fact]
    public async Task Policy_WithoutThePurpose_IsSaidAndNothingIsAsked()
    {
        _script.SetPolicy(TurnScript.Policy);

        await _probe.LookAsync(Never);

        Assert.Null(_probe.Unready);
        Assert.Contains("no purpose 'probe'", _probe.Remark, StringComparison.Ordinal);
        Assert.Empty(_script.Leaves);
    }

    [Fact]
    public async Task Policy_ThatDeniesTheProbe_IsSaidAndLeavesNoDenial()
    {
        _script.SetPolicy(WithPurpose.Replace("label: {class: public}", "label: {class: public, purpose: service-provision}", StringComparison.Ordinal));

        await _probe.LookAsync(Never);

        Assert.Null(_probe.Unready);
        Assert.Contains("allows no turn of purpose 'probe'", _probe.Remark, StringComparison.Ordinal);
        Assert.Empty(_script.Leaves);
    }

    [Fact]
    public async Task Cluster_WithoutAReadyReplica_IsNotTheProbesToJudge()
    {
        _script.Current = new([TurnScript.Model() with { Replicas = [TurnScript.Replica("n1") with { Phase = ReplicaPhase.Loading }] }]);

        await _probe.LookAsync(Never);

        Assert.Null(_probe.Unready);
        Assert.Null(_probe.Remark);
        Assert.Empty(_script.Leaves);
    }

    private void Answers() => _script.Then(
        TurnScript.Started(), TurnScript.Tokens(7, " 3"),
        ShardFrame.Of(new Finished { Reason = Finished.Types.Reason.Length, PromptTokens = 3, AnswerTokens = 1 }));
}
