using Bailiwick.Silo.Observation;

namespace Bailiwick.Tests.Silo.Observation;

/// <summary>The environment variable that turns recording of prompts on.</summary>
public sealed class CaptureRuleTests
{
    [Theory]
    [InlineData(null, true)]
    [InlineData("", true)]
    [InlineData("false", true)]
    [InlineData("NO_CONTENT", true)]
    [InlineData("true", false)]
    [InlineData("True ", false)]
    [InlineData("SPAN_AND_EVENT", false)]
    [InlineData("anything", false)]
    public void Variable_OfEachValue_IsRefusedUnlessItIsOff(string? value, bool starts) =>
        Assert.Equal(starts, CaptureRule.Fault(value) is null);
}
