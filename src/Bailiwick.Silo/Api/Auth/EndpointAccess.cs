namespace Bailiwick.Silo.Api.Auth;

/// <summary>Who may use an endpoint. One without this metadata is answered as if it did not exist.</summary>
/// <param name="Scopes">The caller's key must have one of them.</param>
/// <param name="OpenOnLoopback">Callers on this machine need no key.</param>
internal sealed record EndpointAccess(IReadOnlyList<string> Scopes, bool OpenOnLoopback = false);

/// <summary>How endpoints get their <see cref="EndpointAccess"/>.</summary>
internal static class EndpointAccessConventions
{
    /// <summary>The endpoint is for keys that have one of some scopes.</summary>
    public static TBuilder RequireScope<TBuilder>(this TBuilder builder, params string[] scopes)
        where TBuilder : IEndpointConventionBuilder
    {
        builder.Add(endpoint => endpoint.Metadata.Add(new EndpointAccess(scopes)));
        return builder;
    }

    /// <summary>Liveness alone: whoever starts a silo has to see that it lives before there is any key.</summary>
    public static TBuilder OpenOnLoopback<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder
    {
        builder.Add(endpoint => endpoint.Metadata.Add(new EndpointAccess([Scopes.Operations], OpenOnLoopback: true)));
        return builder;
    }
}
