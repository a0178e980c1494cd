using Bailiwick.Silo.Api.Tls;

namespace Bailiwick.Silo.Hosting;

/// <summary>Checks TLS of the doors.</summary>
internal static class TlsValidation
{
    public static TlsModel? Validate(TlsOptions? options, CallersOptions callers, string? siteAuthority, List<string> faults)
    {
        var use = options?.ClientCertificates switch
        {
            null or "none" => ClientCertificateUse.None,
            "optional" => ClientCertificateUse.Optional,
            "required" => ClientCertificateUse.Required,
            _ => (ClientCertificateUse?)null,
        };
        if (use is null)
        {
            faults.Add("listen.tls.clientCertificates: none, optional or required is needed.");
        }

        if (callers.Certificates.Count > 0 && use is ClientCertificateUse.None)
        {
            faults.Add("callers.certificates: listen.tls.clientCertificates must be optional or required, or nobody shows one.");
        }

        if (options is null)
        {
            return null;
        }

        var pair = SiloFiles.LoadPair(options.Certificate, options.Key, TlsModel.Setting, faults);
        // The site's own authority, where it cannot be read, is a fault of its own setting already.
        var authority = options.ClientAuthority is { } own ? SiloFiles.LoadAuthority(own, "listen.tls.clientAuthority", faults)
            : File.Exists(siteAuthority) ? SiloFiles.LoadAuthority(siteAuthority, "certificate.authority", faults)
            : null;
        return pair is null || authority is null || use is null ? null
            : new TlsModel(pair, use.Value, authority) { Files = new DoorFiles(options.Certificate!, options.Key!) };
    }
}
