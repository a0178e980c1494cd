using Bailiwick.Protocol.Inference.V1;
using Bailiwick.Silo.Api.Grpc;
using Bailiwick.Silo.Shards;

namespace Bailiwick.Tests.Silo.Api;

public sealed class ModelTextTests
{
    [Theory]
    [InlineData(ModelState.Importing)]
    [InlineData(ModelState.Failed, ReplicaPhase.Failed)]
    [InlineData(ModelState.Importing, ReplicaPhase.Failed, ReplicaPhase.Importing)]
    [InlineData(ModelState.Loading, ReplicaPhase.Importing, ReplicaPhase.Loading)]
    [InlineData(ModelState.Ready, ReplicaPhase.Failed, ReplicaPhase.Ready, ReplicaPhase.Loading)]
    public void State_OfAModel_IsThatOfItsBestReplica(ModelState expected, params object[] phases) =>
        Assert.Equal(expected, ModelText.State(ScriptedShards.Model("m", [.. phases.Select(phase => ScriptedShards.Replica((ReplicaPhase)phase))])));

    [Fact]
    public void Model_WhoseReplicasFailed_SaysWhy() =>
        Assert.Equal("its weights are gone", ModelText.Of(ScriptedShards.Model("m", ScriptedShards.Replica(ReplicaPhase.Failed))).Reason);

    [Fact]
    public void States_OfBothWires_HaveTheSameNumbersAndNames() =>
        Assert.Equal(
            Enum.GetValues<ReplicaPhase>().Select(phase => ((int)phase, phase.ToString())),
            Enum.GetValues<ModelState>().Where(state => state != ModelState.Unspecified).Select(state => ((int)state, state.ToString())));
}
