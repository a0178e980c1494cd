using System.Security.Authentication;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Bailiwick.Silo.Api.Tls;

/// <summary>Puts TLS before a door.</summary>
internal static class DoorTls
{
    public static void Use(ListenOptions door, TlsModel tls)
    {
        var shown = door.ApplicationServices.GetRequiredService<DoorCertificate>();
        door.UseHttps(new HttpsConnectionAdapterOptions
        {
            // Kestrel wants one at the start; each handshake then takes what is shown at its time.
            ServerCertificate = tls.Pair.Certificate,
            SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CheckCertificateRevocation = false,
            ClientCertificateMode = tls.Clients is ClientCertificateUse.None ? ClientCertificateMode.NoCertificate : ClientCertificateMode.AllowCertificate,
            // Judged with each request (ClientCertificates), where a refusal can say why.
            ClientCertificateValidation = (_, _, _) => true,
            OnAuthenticate = (_, options) =>
            {
                options.ServerCertificateContext = shown.Context;
                // Before anybody judges, TLS builds a chain, and would fetch what a stranger's certificate names.
                options.CertificateChainPolicy = ClientCertificates.Policy(tls.ClientAuthority);
            },
        });
    }
}
