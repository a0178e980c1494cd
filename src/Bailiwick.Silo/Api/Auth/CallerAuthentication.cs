using System.Net;
using Bailiwick.Protocol;
using Bailiwick.Residency.Callers;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.Auth;

/// <summary>Where callers sit, by the site's configuration; null = no map, hence no caller has a place.</summary>
internal sealed record CallerNetworks(NetworkMap? Map);

/// <summary>
/// Decides who calls, and whether the endpoint is for them. Runs after routing, before every endpoint of every door. Denies by
/// default: an endpoint that does not say for whom it is does not exist.
/// </summary>
internal sealed class CallerAuthentication(IKeyring keyring, CallerNetworks networks) : ICallerAccessor
{
    private const string Scheme = "Bearer ";

    public Caller? Of(HttpContext context) => context.Features.Get<Caller>();

    /// <summary>Puts the caller into the request; null = it may go on, to an endpoint or to "no such path".</summary>
    public Refusal? Check(HttpContext context)
    {
        var access = context.GetEndpoint()?.Metadata.GetMetadata<EndpointAccess>();
        if (access is { OpenOnLoopback: true } && context.Connection.RemoteIpAddress is { } remote && IPAddress.IsLoopback(remote))
        {
            return null;
        }

        if (Authenticate(context) is not { } caller)
        {
            // One sentence for all cases: whoever guesses learns nothing.
            return new Refusal(Errors.Unauthenticated, "No valid API key came with the request (one header 'Authorization: Bearer KEY').");
        }

        context.Features.Set(caller);
        if (access is null)
        {
            context.SetEndpoint(null);
            return null;
        }

        return access.Scopes.Any(caller.Scopes.Contains)
            ? null
            : new Refusal(Errors.Scope, $"This needs a key with the scope {string.Join(" or ", access.Scopes)}.");
    }

    private Caller? Authenticate(HttpContext context)
    {
        // Two headers are two callers, or one who hopes that somebody else reads the other one.
        if (context.Request.Headers.Authorization is not [{ } header] || !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            || keyring.Find(header[Scheme.Length..]) is not { } key)
        {
            return null;
        }

        var place = CallerZone.Resolve(new CallerSources(null, context.Connection.RemoteIpAddress, null, null), networks.Map);
        return new Caller(key.Id, key.Label, place, key.Scopes);
    }
}
