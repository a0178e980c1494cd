using System.Collections.Frozen;
using Bailiwick.Silo.Api.Auth;

namespace Bailiwick.Silo.Api.Tokens;

/// <summary>One issuer at work: its keys as they stand in the file now.</summary>
internal sealed class TokenIssuer(IssuerModel model, string setting)
{
    private readonly WatchedFile<FrozenDictionary<string, TokenKey>> _keys = new(setting, model.KeyFile, KeySet.MaxBytes, content =>
        KeySet.TryRead(content, model.Algorithms, out var keys, out var fault) ? (keys, null) : (null, fault));

    public IWatchedFile KeyFile => _keys;

    public string Name => model.Issuer;

    /// <summary>Checks signature, then what the token says.</summary>
    public TokenFault Check(JwsForm form, TokenClaims claims, DateTimeOffset now, Pseudonyms pseudonyms, out Credential? credential)
    {
        credential = null;
        var fault = CheckSignature(form);
        fault = fault is TokenFault.None ? claims.Life(now, model.Skew, model.Longest) : fault;
        if (fault is not TokenFault.None)
        {
            return fault;
        }

        if (!claims.IsFor(model.Audience))
        {
            return TokenFault.Audience;
        }

        if (claims.Word(model.Claims.Subject) is not { } subject)
        {
            return TokenFault.Subject;
        }

        if (claims.Word(model.Claims.Tenant) is not { } word || !model.Tenants.TryGetValue(word, out var tenant))
        {
            return TokenFault.Tenant;
        }

        if (model.Ceiling.Choose(claims, model.Claims, tenant) is not { } label)
        {
            return TokenFault.Label;
        }

        credential = new Credential(pseudonyms.Of(Pseudonyms.TokenPrefix, tenant, model.Issuer, subject), label, Scopes(claims));
        return TokenFault.None;
    }

    private TokenFault CheckSignature(JwsForm form)
    {
        if (!model.Algorithms.Contains(form.Algorithm))
        {
            return TokenFault.Algorithm;
        }

        if (_keys.Value is not { } keys || !keys.TryGetValue(form.KeyId, out var key))
        {
            return TokenFault.UnknownKey;
        }

        return key.Algorithm != form.Algorithm ? TokenFault.KeyMismatch
            : key.Verifies(form.Signed, form.Signature) ? TokenFault.None
            : TokenFault.Signature;
    }

    private List<string> Scopes(TokenClaims claims) =>
        [.. claims.Words(model.Claims.Scopes).Select(word => model.Scopes.GetValueOrDefault(word)).OfType<string>().Distinct()];
}
