using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Bailiwick.Protocol;
using Bailiwick.Residency.Decisions;
using Bailiwick.Residency.Loading;
using Bailiwick.Silo.Api.Tls;
using Bailiwick.Silo.Cluster;

namespace Bailiwick.Silo.Hosting;

/// <summary>Loads the files that the settings name; what is wrong with one is added to the faults.</summary>
internal static class SiloFiles
{
    private const UnixFileMode ForOthers = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private const UnixFileMode WriteForOthers = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

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

    /// <summary>Reads a file that nobody but its owner may write to.</summary>
    /// <param name="file">The file; read as a whole.</param>
    /// <param name="most">Longest content, bytes.</param>
    /// <param name="content">Empty where refused.</param>
    /// <param name="fault">A sentence; null where read.</param>
    public static bool TryReadGuarded(string file, int most, out byte[] content, [NotNullWhen(false)] out string? fault)
    {
        content = [];
        try
        {
            using var handle = File.OpenHandle(file);
            var length = RandomAccess.GetLength(handle);
            fault = length > most ? $"'{file}' is longer than {most} bytes."
                : !OperatingSystem.IsWindows() && (File.GetUnixFileMode(handle) & WriteForOthers) != 0
                    ? $"'{file}' can be changed by others; its mode must be 0644 or less."
                    : null;
            if (fault is null)
            {
                content = new byte[length];
                content = content[..RandomAccess.Read(handle, content, 0)];
            }
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            fault = problem.Message;
        }

        return fault is null;
    }

    /// <summary>A certificate, what stands behind it in its file, and its key, all PEM; null with faults where they are not.</summary>
    public static DoorPair? LoadPair(string? file, string? key, string setting, List<string> faults)
    {
        // No short cut: every missing file is reported.
        if (!(SiloValidation.Required(file, $"{setting}.certificate", faults) & SiloValidation.Required(key, $"{setting}.key", faults)))
        {
            return null;
        }

        var before = faults.Count;
        CheckSecret(key!, $"{setting}.key", faults);
        return faults.Count > before ? null : Load(
            file!, $"{setting}.certificate",
            name =>
            {
                var all = new X509Certificate2Collection();
                all.ImportFromPemFile(name);
                return new DoorPair(X509Certificate2.CreateFromPemFile(name, key), [.. all.Skip(1)]);
            },
            faults);
    }

    /// <summary>A certificate alone.</summary>
    public static X509Certificate2? LoadAuthority(string file, string setting, List<string> faults) =>
        Load(file, setting, X509CertificateLoader.LoadCertificateFromFile, faults);

    private static T? Load<T>(string file, string name, Func<string, T> load, List<string> faults)
        where T : class
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
