using System.Security.Cryptography.X509Certificates;

namespace Bailiwick.Client;

/// <summary>Where the cluster is, who calls, and how long a lost connection is fought for. Immutable.</summary>
public sealed record BailiwickClientOptions
{
    private static readonly TimeSpan ShortestProbe = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Addresses of the gRPC doors of one boundary's gateways: `http://127.0.0.1:8080`. At least one; the first is tried first. A
    /// client never asks a host that does not stand here: no proxy, no discovery, no redirect.
    /// </summary>
    public required IReadOnlyList<Uri> Gateways { get; init; }

    /// <summary>
    /// Secret of an API key, as `bailiwick keys api create` gave it (<see cref="ReadKey"/> takes it from a file), or a token of an issuer that
    /// the gateways know. Null only with a <see cref="Certificate"/>.
    /// </summary>
    public string? Key { get; init; }

    /// <summary>
    /// The one root that gateways' certificates must chain to (the site's ca.pem). Default null: those of the system. Not disposed here.
    /// </summary>
    public X509Certificate2? Authority { get; init; }

    /// <summary>Client certificate with its private key, for gateways that ask for one. Default null. Not disposed here.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>
    /// Attempts in a row that may bring nothing new before a call fails. 0 to 100, default 8; 0 = a lost connection is the caller's.
    /// A token that arrives starts the count anew.
    /// </summary>
    public int Attempts { get; init; } = 8;

    /// <summary>Wait before a gateway is asked a second time; doubles with each round. Default 100 ms, above 0.</summary>
    public TimeSpan Backoff { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Longest wait between two attempts. Default 5 s. A refusal that says when to come back is kept to, within this.</summary>
    public TimeSpan LongestBackoff { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Silence after which a gateway is asked whether it lives (grpc.health.v1), while a call waits for it. At least 100 ms, default
    /// 500 ms. Anything that arrives from it counts as a sign of life; one that is decoding slowly answers.
    /// </summary>
    public TimeSpan ProbeAfter { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Time in which that must be answered, or the gateway is lost and the next one is asked. At least 100 ms, default 1.5 s: with
    /// <see cref="ProbeAfter"/>, a gateway that stands still costs two seconds. A false alarm costs a turn, never a token.
    /// </summary>
    public TimeSpan ProbeLimit { get; init; } = TimeSpan.FromSeconds(1.5);

    /// <summary>How long <see cref="BailiwickClient.VerifyAsync"/> waits for the log to cover a leaf. Default 30 s.</summary>
    public TimeSpan ProofPatience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Clock of all waits. Default: the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The secret in a key file: its first line, without white space around it.</summary>
    /// <param name="file">A file that only its owner can read (mode 0600).</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file is closed to this process, or open to others.</exception>
    public static string ReadKey(string file)
    {
        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & Others) != 0)
        {
            throw new UnauthorizedAccessException($"{file} is open to other users; set its mode to 0600 (chmod 600).");
        }

        return File.ReadLines(file).FirstOrDefault()?.Trim() is { Length: > 0 } secret
            ? secret
            : throw new IOException($"{file} holds no key.");
    }

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfZero(Gateways.Count, nameof(Gateways));
        if (Key is not null || Certificate is null)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(Key);
        }

        ArgumentOutOfRangeException.ThrowIfNegative(Attempts);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Attempts, 100);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(Backoff, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(ProbeAfter, ShortestProbe);
        ArgumentOutOfRangeException.ThrowIfLessThan(ProbeLimit, ShortestProbe);
        if (Gateways.FirstOrDefault(address => !address.IsAbsoluteUri || address.Scheme is not ("http" or "https")) is { } wrong)
        {
            throw new ArgumentException($"'{wrong}' is no address of a gateway; one looks like http://127.0.0.1:8080.", nameof(Gateways));
        }
    }

    // The generated text would hold the key.
    /// <summary>The gateways; never the key.</summary>
    public override string ToString() => string.Join(", ", Gateways);
}
