using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Bailiwick.Client;

/// <summary>TLS towards gateways.</summary>
internal static class GatewayTls
{
    /// <param name="authority">The one root; null = those of the system.</param>
    /// <param name="certificate">Shown where a gateway asks; null = none.</param>
    public static SslClientAuthenticationOptions Of(X509Certificate2? authority, X509Certificate2? certificate)
    {
        var options = new SslClientAuthenticationOptions { CertificateRevocationCheckMode = X509RevocationMode.NoCheck };
        if (authority is not null)
        {
            options.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { authority },
                RevocationMode = X509RevocationMode.NoCheck,
                // Only what was named is asked: no address within a certificate.
                DisableCertificateDownloads = true,
            };
        }

        if (certificate is not null)
        {
            options.ClientCertificates = [certificate];
            // Whatever authorities the gateway names: there is one certificate to show.
            options.LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate;
        }

        return options;
    }
}
