using Bailiwick.Residency;

namespace Bailiwick.Silo.Api.Tokens;

/// <summary>An issuer of tokens as the site's configuration binds it, validated. What a token says beyond it is refused, never cut down.</summary>
/// <param name="Issuer">Exactly what `iss` must be. Never an address that is asked.</param>
/// <param name="Audience">What `aud` must hold.</param>
/// <param name="KeyFile">Its JWK set.</param>
/// <param name="Algorithms">Some of <see cref="TokenKey.Algorithms"/>.</param>
/// <param name="Skew">How far its clock may be from ours.</param>
/// <param name="Longest">How long a token may live, from `iat` to `exp`.</param>
/// <param name="Claims">Where tokens say what.</param>
/// <param name="Tenants">Tenants of the policy by the words of tokens; no other tenant can be spoken for.</param>
/// <param name="Scopes">Our scopes by the words of tokens; other words open nothing.</param>
/// <param name="Ceiling">Labels that tokens may give.</param>
internal sealed record IssuerModel(
    string Issuer, string Audience, string KeyFile, IReadOnlyList<string> Algorithms, TimeSpan Skew, TimeSpan Longest, ClaimNames Claims,
    IReadOnlyDictionary<string, string> Tenants, IReadOnlyDictionary<string, string> Scopes, LabelCeiling Ceiling);

/// <summary>Names of claims; null where tokens do not say it.</summary>
internal sealed record ClaimNames(string Subject, string Tenant, string Scopes, string? Jurisdiction, string? Class, string? Purpose);

/// <summary>Ids of the policy that tokens may name. The first of each counts where a token names none.</summary>
internal sealed record LabelCeiling(IReadOnlyList<string> Jurisdictions, IReadOnlyList<string> Classes, IReadOnlyList<string> Purposes)
{
    /// <returns>Null where the token names something else, or something that is no word.</returns>
    public Label? Choose(TokenClaims claims, ClaimNames names, string tenant) =>
        Choose(claims, names.Jurisdiction, Jurisdictions) is { } jurisdiction && Choose(claims, names.Class, Classes) is { } @class
        && Choose(claims, names.Purpose, Purposes) is { } purpose
            ? new Label(jurisdiction, @class, purpose, tenant)
            : null;

    private static string? Choose(TokenClaims claims, string? name, IReadOnlyList<string> allowed) =>
        name is null || !claims.Has(name) ? allowed[0] : claims.Word(name) is { } word && allowed.Contains(word) ? word : null;
}
