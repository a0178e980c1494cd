using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace Bailiwick.Silo.Cluster;

/// <summary>Alternative names of a certificate (RFC 5280 section 4.2.1.6).</summary>
internal static class CertificateNames
{
    /// <summary>uniformResourceIdentifier of GeneralName.</summary>
    private static readonly Asn1Tag UriName = new(TagClass.ContextSpecific, 6);

    /// <summary>The URI of a certificate that has this one alternative name and no other; else null.</summary>
    public static string? OnlyUri(X509Certificate2 certificate)
    {
        if (certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().ToList() is not [var extension])
        {
            return null;
        }

        try
        {
            var names = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
            var uri = names.PeekTag() == UriName ? names.ReadCharacterString(UniversalTagNumber.IA5String, UriName) : null;
            return names.HasData ? null : uri;
        }
        catch (AsnContentException)
        {
            return null;
        }
    }
}
