using System.Security.Cryptography.X509Certificates;
using Bailiwick.Residency;

namespace Bailiwick.Silo.Api.Tls;

/// <summary>Whether the doors ask for client certificates.</summary>
internal enum ClientCertificateUse
{
    None,
    Optional,
    Required,
}

/// <summary>TLS of the doors, validated.</summary>
/// <param name="Pair">What the doors show at first.</param>
/// <param name="Clients">Whether callers show one.</param>
/// <param name="ClientAuthority">The one root of client certificates.</param>
internal sealed record TlsModel(DoorPair Pair, ClientCertificateUse Clients, X509Certificate2 ClientAuthority)
{
    /// <summary>The section of the settings.</summary>
    public const string Setting = "listen.tls";

    /// <summary>Where the pair is renewed; null = nowhere.</summary>
    public DoorFiles? Files { get; init; }
}

/// <summary>What a door shows.</summary>
/// <param name="Certificate">With its private key.</param>
/// <param name="Chain">Certificates between it and the root: what stands behind it in its file.</param>
internal sealed record DoorPair(X509Certificate2 Certificate, X509Certificate2Collection Chain);

/// <summary>Both PEM.</summary>
internal sealed record DoorFiles(string Certificate, string Key);

/// <summary>What a client certificate's name stands for.</summary>
/// <param name="Name">Its one URI (RFC 5280 section 4.2.1.6), or its subject as .NET prints it: `CN=press, O=Office`.</param>
/// <param name="IsSubject">Which of both.</param>
/// <param name="Label">What its bearer's payloads carry; null = it proves a place alone.</param>
/// <param name="Scopes">What it opens; empty without a label.</param>
/// <param name="Zone">Where its bearer sits: only for certificates that stay where they were issued for; null = it does not say.</param>
internal sealed record CertificateRule(string Name, bool IsSubject, Label? Label, IReadOnlyList<string> Scopes, string? Zone);
