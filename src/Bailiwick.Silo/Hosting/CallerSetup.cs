using Bailiwick.Silo.Api.Auth;
using Bailiwick.Silo.Api.Tls;
using Bailiwick.Silo.Api.Tokens;

namespace Bailiwick.Silo.Hosting;

/// <summary>Puts together what tells callers by token and by certificate.</summary>
internal static class CallerSetup
{
    public static void Add(IServiceCollection services, CallersModel callers, TlsModel? tls)
    {
        var pseudonyms = callers.PseudonymKey is { } key ? new Pseudonyms(key) : null;
        var issuers = callers.Issuers.Select((issuer, index) => new TokenIssuer(issuer, $"callers.issuers[{index}].keys")).ToList();
        var files = issuers.Select(issuer => issuer.KeyFile).ToList();
        Func<RevokedCallers?> revoked = () => RevokedCallers.None;
        if (callers.Revoked is { } path)
        {
            var file = new WatchedFile<RevokedCallers>("callers.revoked", path, RevokedCallers.MaxBytes, content =>
                RevokedCallers.TryRead(content, out var list, out var fault) ? (list, null) : (null, fault));
            files.Add(file);
            revoked = () => file.Value;
        }

        if (tls is not null)
        {
            services.AddSingleton(tls).AddSingleton<DoorCertificate>().AddSingleton<IWatchedFile>(provider => provider.GetRequiredService<DoorCertificate>());
        }

        services.AddSingleton(provider => new TokenCheck(issuers, pseudonyms, revoked, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new ClientCertificates(tls, callers.Certificates, pseudonyms, revoked, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<ICallerStanding>(provider => new CallerStanding(provider.GetRequiredService<IKeyring>(), revoked));
        files.ForEach(file => services.AddSingleton(file));
        services.AddHostedService<WatchedFiles>();
    }
}
