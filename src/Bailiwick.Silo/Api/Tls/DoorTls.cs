using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Bailiwick.Silo.Api.Tls;

/// <summary>Puts TLS before a door.</summary>
internal static class DoorTls
{
    public static void Use(ListenOptions door, TlsModel tls)
    {
        // Offline: no OCSP answer is fetched to be stapled, no issuer of the chain either.
        var context = SslStreamCertificateContext.Create(tls.Certificate, additionalCertificates: null, offline: true);
        door.UseHttps(new HttpsConnectionAdapterOptions
        {
            ServerCertificate = tls.Certificate,
            SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CheckCertificateRevocation = false,
            ClientCertificateMode = tls.Clients is ClientCertificateUse.None ? ClientCertificateMode.NoCertificate : ClientCertificateMode.AllowCertificate,
            // Judged with each request (ClientCertificates), where a refusal can say why.
            ClientCertificateValidation = (_, _, _) => true,
            OnAuthenticate = (_, options) =>
            {
                options.ServerCertificateContext = context;
                // Before anybody judges, TLS builds a chain, and would fetch what a stranger's certificate names.
                options.CertificateChainPolicy = ClientCertificates.Policy(tls.ClientAuthority);
            },
        });
    }
}
