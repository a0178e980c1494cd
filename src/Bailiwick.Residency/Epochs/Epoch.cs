namespace Bailiwick.Residency.Epochs;

/// <summary>A signed bundle of policies as it is offered to a node.</summary>
/// <param name="Digest">Compared as text.</param>
public sealed record Bundle(long Epoch, string Digest, string Cluster);

/// <summary>Under which policy another node made a plan.</summary>
public sealed record Permit(long Epoch, string Digest);

/// <summary>Whether a node takes a bundle, or acts on a permit.</summary>
public enum EpochVerdict
{
    Accept,

    /// <summary>The same bundle again: nothing to do.</summary>
    Unchanged,
    StaleEpoch,

    /// <summary>The same epoch with another digest: two signers or a fork. Raise an alarm.</summary>
    EpochConflict,
    WrongCluster,
    InvalidEpoch,

    /// <summary>The permit is newer than what this node holds: fetch the bundle first, refuse until then.</summary>
    UnknownEpoch,

    /// <summary>This node holds no policy.</summary>
    NoPolicy,
}

/// <summary>Epochs never go back (model.md section 5). Pure; a node keeps the highest epoch it has taken on disk.</summary>
public static class Epoch
{
    /// <summary>The largest epoch, 10^15 - 1; the smallest is 1.</summary>
    public const long Largest = 999_999_999_999_999;

    /// <param name="highest">The highest that this node has ever taken, or null.</param>
    /// <param name="offered">The bundle, its signature already checked.</param>
    /// <param name="cluster">This node's own.</param>
    public static EpochVerdict Take(Bundle? highest, Bundle offered, string cluster)
    {
        if (!string.Equals(offered.Cluster, cluster, StringComparison.Ordinal))
        {
            return EpochVerdict.WrongCluster;
        }

        if (offered.Epoch is < 1 or > Largest)
        {
            return EpochVerdict.InvalidEpoch;
        }

        if (highest is null || offered.Epoch > highest.Epoch)
        {
            return EpochVerdict.Accept;
        }

        return offered.Epoch < highest.Epoch ? EpochVerdict.StaleEpoch
            : string.Equals(offered.Digest, highest.Digest, StringComparison.Ordinal) ? EpochVerdict.Unchanged
            : EpochVerdict.EpochConflict;
    }

    /// <summary>Whether an executor that holds one policy acts on a plan made under another's word.</summary>
    public static EpochVerdict Honour(Permit? held, Permit permit)
    {
        if (held is null)
        {
            return EpochVerdict.NoPolicy;
        }

        return permit.Epoch < held.Epoch ? EpochVerdict.StaleEpoch
            : permit.Epoch > held.Epoch ? EpochVerdict.UnknownEpoch
            : string.Equals(permit.Digest, held.Digest, StringComparison.Ordinal) ? EpochVerdict.Accept
            : EpochVerdict.EpochConflict;
    }

    /// <summary>The code of a refusal: `stale-epoch`.</summary>
    public static string Code(this EpochVerdict verdict) => verdict switch
    {
        EpochVerdict.Accept => "accept",
        EpochVerdict.Unchanged => "unchanged",
        EpochVerdict.StaleEpoch => "stale-epoch",
        EpochVerdict.EpochConflict => "epoch-conflict",
        EpochVerdict.WrongCluster => "wrong-cluster",
        EpochVerdict.InvalidEpoch => "invalid-epoch",
        EpochVerdict.UnknownEpoch => "unknown-epoch",
        EpochVerdict.NoPolicy => "no-policy",
        _ => throw new ArgumentOutOfRangeException(nameof(verdict), verdict, null),
    };
}
