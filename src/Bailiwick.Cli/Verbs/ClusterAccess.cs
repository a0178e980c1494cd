using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Bailiwick.Client;
using Bailiwick.Evidence;

namespace Bailiwick.Cli.Verbs;

/// <summary>--server and --key-file, with what the site's folder says as their defaults.</summary>
internal sealed class ClusterAccess
{
    private readonly ClusterCommand _command;

    private readonly Option<string[]> _server = new("--server")
    {
        Description = "Address of a gateway's gRPC door: http://127.0.0.1:8080. Repeatable [default: those of the data folder's site.json]",
        HelpName = "URL",
    };

    private readonly Option<string?> _keyFile = new("--key-file")
    {
        Description = "File with the secret of an API key, mode 0600 [default: that of the data folder]", HelpName = "FILE",
    };

    private readonly Option<string?> _ca = CaOption();

    public ClusterAccess(ClusterCommand command)
    {
        _command = command;
        command.Options.Add(_server);
        command.Options.Add(_keyFile);
        command.Options.Add(_ca);
    }

    public BailiwickClient Connect(ParseResult parsed)
    {
        var servers = parsed.GetValue(_server) is { Length: > 0 } given ? given : null;
        var file = parsed.GetValue(_keyFile);
        var site = servers is null || file is null ? _command.Paths(parsed).Load() : null;
        if (site is null && (servers is null || file is null))
        {
            throw new CliException(
                $"There is no site in {_command.Paths(parsed).Folder}. Start one with `bailiwick up`, or name a cluster with --server and --key-file.",
                CliExit.NotFound);
        }

        var addresses = (servers ?? [.. site!.Gateways.Select(gateway => gateway.Grpc)]).Select(Address).ToList();
        file ??= site!.KeyFile;
        if (!File.Exists(file))
        {
            throw new CliException($"There is no key in {file}; `bailiwick up` makes the first one, `bailiwick keys api create` others.", CliExit.Auth);
        }

        // The certificate lives as long as the client, which is as long as the command.
        return new BailiwickClient(new BailiwickClientOptions
        {
            Gateways = addresses, Key = BailiwickClientOptions.ReadKey(file), Authority = Authority(parsed.GetValue(_ca) ?? (servers is null ? site!.Ca : null)),
        });
    }

    public static Option<string?> CaOption() => new("--ca")
    {
        Description = "Certificate of the site's authority, for gateways with TLS [default: the data folder's, else what the machine trusts]", HelpName = "FILE",
    };

    /// <summary>The root in a file; null for null.</summary>
    public static X509Certificate2? Authority(string? file)
    {
        try
        {
            return file is null ? null : X509CertificateLoader.LoadCertificateFromFile(file);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new CliException($"--ca: {file} is no certificate that can be read.", CliExit.NotFound);
        }
    }

    /// <summary>The log whose signatures count: the key given, or the one that `up` wrote down when it made the log.</summary>
    public TrustPolicy Trust(ParseResult parsed, string? given)
    {
        var text = given ?? _command.Paths(parsed).Load()?.LogKey
            ?? throw new CliException("Say whose signatures count: --log-key with the log's verifier key.", CliExit.Usage);
        try
        {
            return TrustPolicy.Of([AuditTrust.Key(text)], [], 0);
        }
        catch (AuditException refused)
        {
            throw new CliException($"--log-key: {refused.Message}", CliExit.Usage);
        }
    }

    private static Uri Address(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is ("http" or "https")
            ? address
            : throw new CliException($"--server: '{text}' is no address; one looks like http://127.0.0.1:8080.", CliExit.Usage);
}
