using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Bailiwick.Cli.Verbs;

/// <summary>Certificates and keys as PEM files. Never overwrites; all failures are <see cref="KeysRefusedException"/>.</summary>
internal static class KeysFiles
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Public = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Writes NAME.key (mode 0600), then NAME.pem: who finds the certificate finds its key.</summary>
    public static KeysMade Write(string folder, string name, X509Certificate2 certificate, string? uri)
    {
        var (pem, key) = (Path.Combine(folder, name + ".pem"), Path.Combine(folder, name + ".key"));
        if (new[] { pem, key }.FirstOrDefault(File.Exists) is { } there)
        {
            throw new KeysRefusedException($"{there} is there already; move it away or choose another folder.");
        }

        using var secret = certificate.GetECDsaPrivateKey()!;
        Access(() =>
        {
            Directory.CreateDirectory(folder);
            Create(key, secret.ExportPkcs8PrivateKeyPem(), OwnerOnly);
            Create(pem, certificate.ExportCertificatePem(), Public);
            return true;
        });
        return new KeysMade(
            pem, key, uri, certificate.NotBefore, certificate.NotAfter, Convert.ToHexStringLower(certificate.GetCertHash(HashAlgorithmName.SHA256)));
    }

    /// <summary>Writes a secret of one line, mode 0600.</summary>
    public static void WriteSecret(string file, string secret)
    {
        if (File.Exists(file))
        {
            throw new KeysRefusedException($"{file} is there already; move it away or choose another name.");
        }

        Access(() =>
        {
            Create(file, secret, OwnerOnly);
            return true;
        });
    }

    /// <summary>The authority of a folder, with its private key.</summary>
    public static X509Certificate2 ReadAuthority(string folder) =>
        Access(() => X509Certificate2.CreateFromPemFile(Path.Combine(folder, "ca.pem"), Path.Combine(folder, "ca.key")));

    private static void Create(string file, string text, UnixFileMode mode)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = mode;
        }

        using var writer = new StreamWriter(file, options);
        writer.WriteLine(text);
    }

    private static T Access<T>(Func<T> act)
    {
        try
        {
            return act();
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new KeysRefusedException(problem.Message);
        }
    }
}
