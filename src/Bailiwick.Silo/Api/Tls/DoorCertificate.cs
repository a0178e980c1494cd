using System.Net.Security;
using System.Security.Cryptography;
using Bailiwick.Silo.Api.Auth;
using Bailiwick.Silo.Hosting;

namespace Bailiwick.Silo.Api.Tls;

/// <summary>
/// The certificate that the doors show: a renewed pair counts from the next connection on, one that cannot be used leaves the old one in
/// place.
/// </summary>
internal sealed class DoorCertificate(TlsModel tls, TimeProvider time, ILogger<DoorCertificate> log) : IWatchedFile
{
    private SslStreamCertificateContext _context = ContextOf(tls.Pair);
    private byte[] _shown = DigestOf(tls.Pair);
    private byte[]? _content;

    /// <summary>For the next handshake.</summary>
    public SslStreamCertificateContext Context => Volatile.Read(ref _context);

    public string Setting => TlsModel.Setting;

    public string Meanwhile => "the doors show the certificate that they have";

    public string? Refresh()
    {
        if (tls.Files is not { } files)
        {
            return null;
        }

        var content = Read(files);
        if (content is not null && _content is not null && content.AsSpan().SequenceEqual(_content))
        {
            return null;
        }

        var faults = new List<string>();
        var pair = SiloFiles.LoadPair(files.Certificate, files.Key, TlsModel.Setting, faults);
        var now = time.GetUtcNow();
        if (pair is not null && (now < pair.Certificate.NotBefore || now > pair.Certificate.NotAfter))
        {
            faults.Add($"{TlsModel.Setting}.certificate: it is not valid now.");
        }

        if (pair is null || faults.Count > 0)
        {
            return faults[0];
        }

        _content = content;
        var found = DigestOf(pair);
        if (!found.AsSpan().SequenceEqual(_shown))
        {
            _shown = found;
            Volatile.Write(ref _context, ContextOf(pair));
            log.DoorCertificateRenewed(pair.Certificate.NotAfter.ToUniversalTime());
        }

        return null;
    }

    /// <returns>Null where they cannot be read: why not, loading them says.</returns>
    private static byte[]? Read(DoorFiles files)
    {
        try
        {
            return [.. File.ReadAllBytes(files.Certificate), .. File.ReadAllBytes(files.Key)];
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Offline: no OCSP answer is fetched to be stapled, no issuer of the chain either.</summary>
    private static SslStreamCertificateContext ContextOf(DoorPair pair) =>
        SslStreamCertificateContext.Create(pair.Certificate, pair.Chain, offline: true);

    private static byte[] DigestOf(DoorPair pair)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var certificate in pair.Chain.Prepend(pair.Certificate))
        {
            hash.AppendData(certificate.RawDataMemory.Span);
        }

        return hash.GetHashAndReset();
    }
}
