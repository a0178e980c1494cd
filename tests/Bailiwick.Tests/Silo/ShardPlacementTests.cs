using Bailiwick.Silo.Cluster;

namespace Bailiwick.Tests.Silo;

public sealed class ShardPlacementTests
{
    private const string Build = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    private static readonly ShardKey Key = new("z1", "n1", Build, 0);

    public static TheoryData<string, string?[], int[]> Table => new()
    {
        { "no silo", [], [] },
        { "none matching", [Uri("z2", "n1", "worker"), Uri("z1", "n2", "worker")], [] },
        { "the node is no worker", [Uri("z1", "n1", "gateway")], [] },
        { "silos that say nothing or nonsense", [null, "", "z1/n1", Uri("z1", "n1", "worker") + "/"], [] },
        { "one of three", [Uri("z2", "n1", "worker"), Uri("z1", "n1", "worker"), Uri("z1", "n10", "worker")], [1] },
        { "both roles", [Uri("z1", "n1", "gateway+worker")], [0] },
        { "old and new silo of a restarting node", [Uri("z1", "n1", "worker"), Uri("z1", "n1", "worker")], [0, 1] },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void Silos_MatchedWithAKey_AreItsNodesWorkers(string why, string?[] identities, int[] expected) =>
        Assert.True(expected.SequenceEqual(ShardHost.Match(Key, identities.Select((identity, place) => (place, identity)))), why);

    [Fact]
    public void Key_Written_IsReadBack()
    {
        Assert.True(ShardKey.TryParse(Key.ToString(), out var read));
        Assert.Equal(Key, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("z1")]
    [InlineData("z1/n1/" + Build)]
    [InlineData("z1/n1/" + Build + "/0/0")]
    [InlineData("/n1/" + Build + "/0")]
    [InlineData("z1//" + Build + "/0")]
    [InlineData("Z1/n1/" + Build + "/0")]
    [InlineData("z1/n1/abc/0")]
    [InlineData("z1/n1/" + Build + "/")]
    [InlineData("z1/n1/" + Build + "/-1")]
    [InlineData("z1/n1/" + Build + "/01")]
    [InlineData("z1/n1/" + Build + "/1000")]
    [InlineData("z1/n1/" + Build + "/1 ")]
    public void Key_Malformed_IsRefused(string text) => Assert.False(ShardKey.TryParse(text, out _));

    private static string Uri(string zone, string node, string roles) => $"spiffe://bailiwick/zone/{zone}/node/{node}/role/{roles}";
}
