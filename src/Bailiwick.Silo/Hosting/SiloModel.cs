using System.Net;
using System.Security.Cryptography.X509Certificates;
using Bailiwick.Evidence;
using Bailiwick.Protocol;
using Bailiwick.Residency;
using Bailiwick.Residency.Callers;
using Bailiwick.Residency.Decisions;
using Bailiwick.Silo.Api.Tls;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Hosting;

/// <summary>A silo's settings, validated and immutable: what <see cref="SiloOptions"/> said, and what its files hold.</summary>
/// <param name="Boundary">Name of the boundary; also the Orleans cluster id.</param>
/// <param name="Jurisdiction">Jurisdiction of the boundary, an id of <paramref name="Policy"/>.</param>
/// <param name="Identity">Zone, node and certified roles.</param>
/// <param name="Roles">Those that this silo runs: some of the certified ones.</param>
/// <param name="Certificate">With its private key.</param>
/// <param name="Authority">The site's root.</param>
/// <param name="Policy">The policy file as loaded at start.</param>
/// <param name="PolicyContent">Its bytes.</param>
/// <param name="Data">Folder of this silo.</param>
/// <param name="Listen">Address and ports.</param>
/// <param name="Database">Connection strings.</param>
/// <param name="Decoders">How decoders run.</param>
/// <param name="Networks">Where callers sit; null where the silo is no gateway.</param>
/// <param name="Neighbours">Other clusters by their jurisdiction.</param>
/// <param name="Log">The verifiable log; null where the silo is no gateway.</param>
internal sealed record SiloModel(
    string Boundary, string Jurisdiction, SiloIdentity Identity, SiloRoles Roles, X509Certificate2 Certificate,
    X509Certificate2 Authority, CompiledPolicy Policy, byte[] PolicyContent, string Data, ListenModel Listen, DatabaseModel Database, DecoderModel Decoders,
    NetworkMap? Networks, IReadOnlyDictionary<string, string> Neighbours, LogModel? Log)
{
    /// <summary>Callers beside the bearers of API keys; gateways only.</summary>
    public CallersModel Callers { get; init; } = CallersModel.KeysOnly;

    /// <summary>How much tenants and their credentials may ask for; gateways only.</summary>
    public IReadOnlyList<LimitModel> Limits { get; init; } = [];

    /// <summary>What is kept of conversations; null where nothing is, or the silo is no gateway.</summary>
    public SessionsModel? Sessions { get; init; }
}

/// <summary>A loopback address; ports, of which <paramref name="Grpc"/> and <paramref name="Http"/> may be 0 (none).</summary>
internal sealed record ListenModel(IPAddress Address, int Silo, int Grpc, int Http, int Operations)
{
    /// <summary>Of the gRPC and HTTP doors; null = none.</summary>
    public TlsModel? Tls { get; init; }
}

/// <summary>Connection strings, without passwords; the last two are null where the silo is no gateway.</summary>
internal sealed record DatabaseModel(string Application, string Intake, string? Sequencer, string? Auditor);

/// <summary><paramref name="Store"/> is null where the silo is no worker; <paramref name="KvBlocks"/> 0 = the model's context eight times.</summary>
/// <remarks><paramref name="Models"/> are paths of published models; <paramref name="GenAi"/> null = the decoder's search order.</remarks>
internal sealed record DecoderModel(
    string? Store, int Threads, int KvBlocks, bool AllowUnisolated, string? Simulate, IReadOnlyList<string> Models, string? GenAi);

/// <summary>Identity, signing key and the folder that keeps the last published checkpoint.</summary>
internal sealed record LogModel(string Origin, SigningKey Key, string Published);

/// <summary>Sealing keys, the store as a destination, and how long a turn is kept.</summary>
internal sealed record SessionsModel(SealingKeys Keys, Place Place, TimeSpan Retention);

/// <summary>Name of the boundary, for whoever needs nothing else of the model.</summary>
internal sealed record SiteName(string Boundary);
