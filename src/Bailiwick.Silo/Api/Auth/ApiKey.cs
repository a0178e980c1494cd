using Bailiwick.Residency;

namespace Bailiwick.Silo.Api.Auth;

/// <summary>An API key as stored: never its secret, only the SHA-256 of it.</summary>
/// <param name="Id">Random, public: `k-` and 16 hex digits.</param>
/// <param name="Name">For people.</param>
/// <param name="Label">What its bearer's payloads carry.</param>
/// <param name="Scopes">`inference`, `operations`, `audit`.</param>
/// <param name="Created">When it was made.</param>
/// <param name="Expires">From then on it is refused.</param>
/// <param name="Revoked">Since when it is refused; null = not.</param>
internal sealed record ApiKey(
    string Id, string Name, Label Label, IReadOnlyList<string> Scopes, DateTimeOffset Created, DateTimeOffset Expires, DateTimeOffset? Revoked);
