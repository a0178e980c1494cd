using Bailiwick.Residency;

namespace Bailiwick.Silo.Api.Auth;

/// <summary>What one credential says of its bearer: an API key, a token or a client certificate.</summary>
/// <param name="Id">Id of the key, or pseudonym of the subject (<see cref="Pseudonyms"/>): what records call the caller.</param>
/// <param name="Label">What its bearer's payloads carry.</param>
/// <param name="Scopes">Some of <see cref="Auth.Scopes"/>; none opens nothing.</param>
internal sealed record Credential(string Id, Label Label, IReadOnlyCollection<string> Scopes)
{
    /// <summary>Whether both give the same rights; ids may differ.</summary>
    public bool GivesTheSameAs(Credential other) =>
        Label == other.Label && Scopes.Order(StringComparer.Ordinal).SequenceEqual(other.Scopes.Order(StringComparer.Ordinal));
}
