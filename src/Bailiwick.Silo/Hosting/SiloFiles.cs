using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Bailiwick.Protocol;
using Bailiwick.Residency.Decisions;
using Bailiwick.Residency.Loading;
using Bailiwick.Silo.Cluster;

namespace Bailiwick.Silo.Hosting;

/// <summary>Loads the files that the settings name; what is wrong with one is added to the faults.</summary>
internal static class SiloFiles
{
    private const UnixFileMode ForOthers = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    public static (CompiledPolicy? Policy, byte[] Content) LoadPolicy(string? file, List<string> faults)
    {
        if (!SiloValidation.Required(file, "policy", faults))
        {
            return default;
        }

        try
        {
            var content = File.ReadAllBytes(file!);
            var load = PolicyLoader.Load(content);
            faults.AddRange(load.Faults.Select(fault => $"policy: {Path.GetFileName(file)}, line {fault.Line}: {fault.Message}"));
            return (load.Policy, content);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            faults.Add($"policy: {problem.Message}");
            return default;
        }
    }

    /// <summary>All three or none of them.</summary>
    public static (SiloIdentity? Identity, X509Certificate2? Certificate, X509Certificate2? Authority) LoadCertificate(
        CertificateOptions options, DateTimeOffset now, List<string> faults)
    {
        // No short cut: every missing file is reported.
        if (!(SiloValidation.Required(options.Authority, "certificate.authority", faults)
            & SiloValidation.Required(options.File, "certificate.file", faults)
            & SiloValidation.Required(options.Key, "certificate.key", faults)))
        {
            return default;
        }

        var before = faults.Count;
        var authority = Load(options.Authority!, "certificate.authority", X509CertificateLoader.LoadCertificateFromFile, faults);
        CheckSecret(options.Key!, "certificate.key", faults);
        if (faults.Count > before
            || Load(options.File!, "certificate.file", file => X509Certificate2.CreateFromPemFile(file, options.Key), faults) is not { } certificate)
        {
            authority?.Dispose();
            return default;
        }

        if (ZoneCertificate.TryRead(certificate, authority!, now, out var identity, out var fault))
        {
            return (identity, certificate, authority);
        }

        faults.Add($"certificate.file: {fault}");
        certificate.Dispose();
        authority!.Dispose();
        return default;
    }

    /// <summary>A file with a secret: it exists, and nobody but its owner may read it.</summary>
    public static void CheckSecret(string file, string name, List<string> faults)
    {
        if (!File.Exists(file))
        {
            faults.Add($"{name}: '{file}' does not exist.");
        }
        else if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & ForOthers) != 0)
        {
            faults.Add($"{name}: '{file}' is open to others; its mode must be 0600.");
        }
    }

    private static X509Certificate2? Load(string file, string name, Func<string, X509Certificate2> load, List<string> faults)
    {
        try
        {
            return load(file);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            faults.Add($"{name}: {problem.Message}");
            return null;
        }
    }
}
