using System.Globalization;
using Bailiwick.Protocol;

namespace Bailiwick.Silo.Cluster;

/// <summary>Key of a shard's grain: `zone/node/build/stage`. It says where the shard is, so that no directory has to.</summary>
/// <param name="Zone">Zone id of the policy.</param>
/// <param name="Node">Machine within the zone.</param>
/// <param name="Build">Tree digest of the build: 64 lower-case hex digits.</param>
/// <param name="Stage">Place in the pipeline, 0 to 999; 0 for a whole model.</param>
internal sealed record ShardKey(string Zone, string Node, string Build, int Stage)
{
    private const int MostStages = 1000;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Zone}/{Node}/{Build}/{Stage}");

    /// <summary>Reads a key in its one spelling; anything else is refused.</summary>
    public static bool TryParse(string text, out ShardKey? key)
    {
        key = null;
        if (text.Split('/') is not [var zone, var node, var build, var stage]
            || !SiloIdentity.IsName(zone) || !SiloIdentity.IsName(node)
            || build.Length != 64 || !build.All(char.IsAsciiHexDigitLower)
            || !int.TryParse(stage, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number >= MostStages)
        {
            return false;
        }

        var parsed = new ShardKey(zone, node, build, number);
        key = parsed.ToString() == text ? parsed : null;
        return key is not null;
    }
}
