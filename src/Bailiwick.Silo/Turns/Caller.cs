using Bailiwick.Residency;
using Bailiwick.Silo.Sessions;

namespace Bailiwick.Silo.Turns;

/// <summary>Who calls, as a door established it. Nothing in it is the request's own word.</summary>
/// <param name="KeyId">Id of the credential: random, so it serves as the pseudonym of the subject in records.</param>
/// <param name="Label">Label of the credential; its tenant is the caller's.</param>
/// <param name="Place">Where the answer goes, and what proves it; null = not known, which policy denies.</param>
/// <param name="Scopes">`inference`, `operations`, `audit`.</param>
internal sealed record Caller(string KeyId, Label Label, Place? Place, IReadOnlyCollection<string> Scopes)
{
    /// <summary>Names under which what let it in can be revoked: ids of its credentials, and the fingerprint of a certificate that it showed.</summary>
    public IReadOnlyList<string> Proofs { get; init; } = [KeyId];

    /// <summary>The same caller, as the store of conversations knows it.</summary>
    public SessionReader Reader => new(KeyId, Label, Place);
}
