using System.Text.Json;
using Bailiwick.Models.Families;

namespace Bailiwick.Tests.Models.Families;

public sealed class RotaryFrequenciesTests
{
    public static TheoryData<string> Checkpoints() => ReferenceTests.Checkpoints();

    [Theory]
    [MemberData(nameof(Checkpoints))]
    public void FromConfig_PublishedCheckpoint_GivesTheReferenceFrequencies(string checkpoint)
    {
        var folder = Repository.Fixture("families", "checkpoints", checkpoint);
        using var reference = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "reference.json")));
        var expected = reference.RootElement.GetProperty("rope").GetProperty("inv_freq").EnumerateArray().Select(item => item.GetDouble()).ToList();
        var config = JsonFields.Read(Path.Combine(folder, "config.json"), 1 << 20);
        var actual = RopeSettings.FromConfig(config, expected.Count * 2);
        Assert.All(expected.Zip(actual.Inverse), pair => Assert.Equal(pair.First, pair.Second, pair.First * 1e-5));
    }

    [Fact]
    public void FromConfig_LinearScaling_DividesEveryFrequency()
    {
        var config = JsonFields.Parse("config.json", """{"rope_theta": 10000, "rope_scaling": {"type": "linear", "factor": 4}}"""u8.ToArray());
        Assert.Equal(
            RotaryFrequencies.Plain(10_000, 32).Inverse.Select(frequency => frequency / 4), RopeSettings.FromConfig(config, 32).Inverse);
    }

    [Fact]
    public void FromConfig_RopeParameters_CarryTheirOwnTheta()
    {
        var config = JsonFields.Parse("config.json", """{"rope_parameters": {"rope_type": "default", "rope_theta": 500000}}"""u8.ToArray());
        Assert.Equal(RotaryFrequencies.Plain(500_000, 32).Inverse, RopeSettings.FromConfig(config, 32).Inverse);
    }

    [Fact]
    public void Tables_AnyPosition_AreCosinesAndSinesOfItsAngles()
    {
        var (cosines, sines) = RotaryFrequencies.Plain(10_000, 16).Tables(5);
        Assert.Equal(5 * 8, cosines.Length);
        Assert.Equal((float)Math.Cos(4.0), cosines[4 * 8]);
        Assert.Equal((float)Math.Sin(4 * Math.Pow(10_000, -2.0 / 16)), sines[4 * 8 + 1]);
    }
}
