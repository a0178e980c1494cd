using System.Net;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Bailiwick.EndToEnd.Tests.Identity;

/// <summary>
/// OpenIddict on loopback, as an issuer that is not ours: it issues, and no silo ever speaks to it. Its keys leave as a file, as an operator
/// takes them to the gateways.
/// </summary>
internal sealed class OpenIddictIssuer : IAsyncDisposable
{
    public const string Audience = "bailiwick";

    /// <summary>Nobody listens there: were a gateway to ask it, it would fail.</summary>
    public const string Name = "https://issuer.invalid/realm";

    private readonly ECDsa _key;
    private readonly WebApplication _app;
    private readonly HttpClient _http;

    private OpenIddictIssuer(ECDsa key, WebApplication app)
    {
        (_key, _app) = (key, app);
        _http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
    }

    /// <param name="keyId">Name of its one key, which is new.</param>
    /// <param name="time">Its clock.</param>
    public static async Task<OpenIddictIssuer> StartAsync(string keyId, TimeProvider time)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddAuthentication();
        builder.Services.AddOpenIddict().AddServer(server =>
        {
            server.SetIssuer(new Uri(Name)).SetTokenEndpointUris("/token").AllowClientCredentialsFlow();
            server.AddSigningKey(new ECDsaSecurityKey(key) { KeyId = keyId }).AddEphemeralEncryptionKey().DisableAccessTokenEncryption();
            server.SetAccessTokenLifetime(TimeSpan.FromMinutes(10)).RegisterScopes("bailiwick.use");
            server.Configure(options => options.TimeProvider = time);
            // No stores: clients are whoever this test is.
            server.EnableDegradedMode();
            server.AddEventHandler<ValidateTokenRequestContext>(handler => handler.UseInlineHandler(_ => default));
            server.AddEventHandler<HandleTokenRequestContext>(handler => handler.UseInlineHandler(context =>
            {
                context.SignIn(Principal(context.Request));
                return default;
            }));
            server.UseAspNetCore().DisableTransportSecurityRequirement();
        });
        var app = builder.Build();
        app.UseAuthentication();
        await app.StartAsync();
        return new OpenIddictIssuer(key, app);
    }

    /// <summary>Its public keys, as it publishes them.</summary>
    public Task<string> KeysAsync() => _http.GetStringAsync(new Uri("/.well-known/jwks", UriKind.Relative));

    public async Task<string> TokenAsync(string subject, string tenant)
    {
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials", ["client_id"] = subject, ["client_secret"] = "x", ["scope"] = "bailiwick.use", ["tenant"] = tenant,
        });
        using var answer = await _http.PostAsync(new Uri("/token", UriKind.Relative), form);
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.True(answer.IsSuccessStatusCode, body.RootElement.ToString());
        return body.RootElement.GetProperty("access_token").GetString()!;
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
        _key.Dispose();
    }

    private static ClaimsPrincipal Principal(OpenIddictRequest request)
    {
        var identity = new ClaimsIdentity("test");
        identity.SetClaim(OpenIddictConstants.Claims.Subject, request.ClientId).SetClaim("tenant", (string?)request["tenant"]);
        identity.SetScopes(request.GetScopes()).SetResources(Audience);
        identity.SetDestinations(_ => [OpenIddictConstants.Destinations.AccessToken]);
        return new ClaimsPrincipal(identity);
    }
}
