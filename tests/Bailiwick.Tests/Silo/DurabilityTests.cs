using Bailiwick.Silo.Audit;

namespace Bailiwick.Tests.Silo;

/// <summary>Which servers keep what they confirm.</summary>
public sealed class DurabilityTests
{
    [Theory]
    [InlineData("on", "on", "on", "on", true)]
    [InlineData("on", "on", "remote_apply", "on", true)]
    [InlineData("on", "on", "local", "on", true)]
    [InlineData("off", "on", "on", "on", false)]
    [InlineData("on", "off", "on", "on", false)]
    [InlineData("on", "on", "off", "on", false)]
    [InlineData("on", "on", "on", "standby", false)]
    public void Settings_OfAServer_AreAcceptedOrNamed(string fsync, string fullPageWrites, string synchronousCommit, string standby, bool isGood) =>
        Assert.Equal(isGood, Durability.Fault([fsync, fullPageWrites, synchronousCommit, standby]) is null);

    [Fact]
    public void Settings_Missing_AreAFault() => Assert.NotNull(Durability.Fault([]));
}
