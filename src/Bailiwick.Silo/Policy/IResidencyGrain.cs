using Bailiwick.Residency.Epochs;

namespace Bailiwick.Silo.Policy;

/// <summary>The one owner of the policy of a boundary (key 0). It governs each request without being a hop of each.</summary>
[Alias("bailiwick.residency")]
internal interface IResidencyGrain : IGrainWithIntegerKey
{
    /// <summary>The policy in force and how long the answer may be relied on.</summary>
    /// <param name="held">Digest of the policy that the asker holds; its bytes are sent only where they differ.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    [Alias("get")]
    Task<PolicyGrant> GetAsync(string? held, CancellationToken cancellationToken);

    /// <summary>
    /// Offers a policy from a silo's file. A higher epoch is taken and becomes a record; a lower one is not; the same epoch with
    /// other bytes is a conflict: an alarm, and the silo that offered it refuses everything.
    /// </summary>
    [Alias("offer")]
    Task<PolicyOffer> OfferAsync(byte[] content, CancellationToken cancellationToken);
}

/// <summary>What became of an offered policy.</summary>
/// <param name="Verdict">As the epochs say; the text of an <see cref="EpochVerdict"/>.</param>
/// <param name="Fault">Why the grain has no policy to compare with; null where it has.</param>
[GenerateSerializer, Immutable, Alias("bailiwick.policy-offer")]
internal sealed record PolicyOffer([property: Id(0)] string Verdict, [property: Id(1)] string? Fault);

/// <summary>A policy for a time.</summary>
/// <param name="Content">Bytes of the policy; null where the asker holds it already, or there is a fault.</param>
/// <param name="LeaseMs">From the moment at which the asker asked: after that it must refuse everything.</param>
/// <param name="Fault">Why there is none to rely on; null where there is.</param>
[GenerateSerializer, Immutable, Alias("bailiwick.policy-grant")]
internal sealed record PolicyGrant([property: Id(0)] byte[]? Content, [property: Id(1)] int LeaseMs, [property: Id(2)] string? Fault);
