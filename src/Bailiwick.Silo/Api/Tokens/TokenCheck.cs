using Bailiwick.Silo.Api.Auth;

namespace Bailiwick.Silo.Api.Tokens;

/// <summary>
/// Tokens of configured issuers (RFC 7519, RFC 8725, RFC 9068), by keys in files. Opens no connection: nothing that a token or an issuer
/// names is ever fetched.
/// </summary>
internal sealed class TokenCheck(
    IReadOnlyList<TokenIssuer> issuers, Pseudonyms? pseudonyms, Func<RevokedCallers?> revoked, TimeProvider time)
{
    /// <summary>Who a token's bearer is; null with the first check that it fails.</summary>
    public TokenFault Check(string text, out Credential? credential)
    {
        credential = null;
        if (pseudonyms is null)
        {
            return TokenFault.Issuer;
        }

        var fault = JwsForm.Read(text, out var form);
        if (form is null)
        {
            return fault;
        }

        if (!JwsForm.TryParse(form.Payload, out var document))
        {
            return TokenFault.Claims;
        }

        using var claims = new TokenClaims(document);
        var named = claims.Issuer;
        if (issuers.FirstOrDefault(one => one.Name == named) is not { } issuer)
        {
            return TokenFault.Issuer;
        }

        fault = issuer.Check(form, claims, time.GetUtcNow(), pseudonyms, out credential);
        if (credential is not null && revoked()?.Contains(credential.Id) is not false)
        {
            // Revoked, or the list cannot be read: then nobody is let in.
            (credential, fault) = (null, TokenFault.Revoked);
        }

        return fault;
    }
}
