namespace Bailiwick.Silo.Api.Tokens;

/// <summary>The first check that a token fails, in the order of the checks. Told to a caller only from <see cref="Lifetime"/> on.</summary>
internal enum TokenFault
{
    None,

    /// <summary>More characters than a token may have.</summary>
    TooLarge,

    /// <summary>Not three parts.</summary>
    Form,

    /// <summary>A part that is not base64url in its one form (RFC 7515 section 2: no padding, no spare bits).</summary>
    Encoding,

    /// <summary>The header is no JSON object, or names a member twice.</summary>
    Header,

    /// <summary>An algorithm that is not allowed, or none.</summary>
    Algorithm,

    /// <summary>`crit`, `b64` or `zip`: rules that this reader does not keep (RFC 7515 section 4.1.11, RFC 7797, RFC 7516).</summary>
    Critical,

    /// <summary>The header brings a key or names a place to fetch one from (`jwk`, `jku`, `x5c`, `x5u`).</summary>
    KeyInHeader,

    /// <summary>A token within the token (`cty`).</summary>
    Nested,

    /// <summary>Another kind of token (`typ`).</summary>
    Type,

    /// <summary>No `kid`, or none of this issuer's keys.</summary>
    UnknownKey,

    /// <summary>The key is one for another algorithm.</summary>
    KeyMismatch,

    /// <summary>Not signed by that key.</summary>
    Signature,

    /// <summary>The claims are no JSON object of the form that tokens have.</summary>
    Claims,

    /// <summary>An issuer that the configuration does not name.</summary>
    Issuer,

    // The signature is good from here on: who holds the token may hear what is wrong with it.

    /// <summary>Valid for longer than the configuration allows, or not saying for how long.</summary>
    Lifetime,

    /// <summary>Over.</summary>
    Expired,

    /// <summary>Not begun.</summary>
    NotYetValid,

    /// <summary>For somebody else.</summary>
    Audience,

    /// <summary>No subject.</summary>
    Subject,

    /// <summary>No tenant, or none that this issuer may speak for.</summary>
    Tenant,

    /// <summary>A label above what this issuer may give.</summary>
    Label,

    /// <summary>The subject is on the list of revoked ones.</summary>
    Revoked,
}

/// <summary>What a caller is told.</summary>
internal static class TokenFaults
{
    /// <summary>A sentence; null where the signature is not known to be good: whoever guesses learns nothing.</summary>
    public static string? Sentence(TokenFault fault) => fault switch
    {
        TokenFault.Lifetime => "The token does not say when it was issued and when it ends, or lives for longer than this cluster allows.",
        TokenFault.Expired => "The token has expired.",
        TokenFault.NotYetValid => "The token is not valid yet.",
        TokenFault.Audience => "The token is for another audience.",
        TokenFault.Subject => "The token names no subject.",
        TokenFault.Tenant => "The token names no tenant that its issuer may speak for here.",
        TokenFault.Label => "The token asks for a jurisdiction, class or purpose that its issuer may not give here.",
        TokenFault.Revoked => "The subject of the token is revoked here.",
        _ => null,
    };
}
