using System.Net;
using Bailiwick.Protocol;
using Bailiwick.Residency.Callers;
using Bailiwick.Silo.Api.Tls;
using Bailiwick.Silo.Api.Tokens;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.Auth;

/// <summary>Where callers sit, by the site's configuration; null = no map, hence no caller has a place.</summary>
internal sealed record CallerNetworks(NetworkMap? Map);

/// <summary>
/// Decides who calls, and whether the endpoint is for them. Runs after routing, before every endpoint of every door. Denies by
/// default: an endpoint that does not say for whom it is does not exist.
/// </summary>
internal sealed class CallerAuthentication(
    IKeyring keyring, TokenCheck tokens, ClientCertificates certificates, CallerNetworks networks, TokenRefusals refusals) : ICallerAccessor
{
    private const string Scheme = "Bearer ";

    // One sentence for all cases: whoever guesses learns nothing.
    private static readonly Refusal NoCredential = new(
        Errors.Unauthenticated, "No valid API key or token came with the request (one header 'Authorization: Bearer KEY').");

    private static readonly Refusal Ambiguous = new(
        Errors.Unauthenticated, "The client certificate and the Authorization header give different rights: send one of them.");

    public Caller? Of(HttpContext context) => context.Features.Get<Caller>();

    /// <summary>Puts the caller into the request; null = it may go on, to an endpoint or to "no such path".</summary>
    public Refusal? Check(HttpContext context)
    {
        var access = context.GetEndpoint()?.Metadata.GetMetadata<EndpointAccess>();
        if (access is { OpenOnLoopback: true } && context.Connection.RemoteIpAddress is { } remote && IPAddress.IsLoopback(remote))
        {
            return null;
        }

        var (caller, refusal) = Authenticate(context);
        if (caller is null)
        {
            return refusal;
        }

        context.Features.Set(caller);
        if (access is null)
        {
            context.SetEndpoint(null);
            return null;
        }

        return access.Scopes.Any(caller.Scopes.Contains)
            ? null
            : new Refusal(Errors.Scope, $"This needs a credential with the scope {string.Join(" or ", access.Scopes)}.");
    }

    private (Caller? Caller, Refusal? Refusal) Authenticate(HttpContext context)
    {
        var (certificate, refusal) = certificates.Check(context.Connection.ClientCertificate);
        if (certificate is null)
        {
            return (null, refusal);
        }

        Credential? bearer = null;
        if (context.Request.Headers.Authorization is { Count: > 0 } headers)
        {
            // Two headers are two callers, or one who hopes that somebody else reads the other one.
            (bearer, refusal) = headers is [{ } header] && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
                ? Bearer(header[Scheme.Length..])
                : (null, NoCredential);
            if (bearer is null)
            {
                return (null, refusal);
            }
        }

        if (bearer is not null && certificate.Credential is { } shown && !bearer.GivesTheSameAs(shown))
        {
            return (null, Ambiguous);
        }

        if ((bearer ?? certificate.Credential) is not { } credential)
        {
            return (null, NoCredential);
        }

        var place = CallerZone.Resolve(new CallerSources(null, context.Connection.RemoteIpAddress, certificate.Zone, null), networks.Map);
        return (new Caller(credential.Id, credential.Label, place, credential.Scopes) { Proofs = [credential.Id, .. certificate.Proofs] }, null);
    }

    private (Credential? Credential, Refusal? Refusal) Bearer(string secret)
    {
        if (keyring.Find(secret) is { } key)
        {
            return (new Credential(key.Id, key.Label, key.Scopes), null);
        }

        var fault = tokens.Check(secret, out var credential);
        if (credential is not null)
        {
            return (credential, null);
        }

        refusals.Saw(fault);
        return (null, TokenFaults.Sentence(fault) is { } sentence ? new Refusal(Errors.Unauthenticated, sentence) : NoCredential);
    }
}
