using System.Text.Json;
using System.Text.Json.Serialization;

namespace Bailiwick.Silo.Hosting;

/// <summary>A part of the configuration; keys that are no setting are kept, so that all of them can be reported.</summary>
internal abstract class SettingsSection
{
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>What the operator wrote: one JSON file per silo. Checked as a whole by <see cref="SiloValidation"/>.</summary>
internal sealed class SiloOptions : SettingsSection
{
    /// <summary>Name of the boundary that this cluster serves; also the Orleans cluster id. 1 to 63 of a-z, 0-9, '-'. Required.</summary>
    public string? Boundary { get; set; }

    /// <summary>Jurisdiction of the boundary, an id of the policy. Required.</summary>
    public string? Jurisdiction { get; set; }

    /// <summary>Zone of this silo, an id of the policy. Must equal the zone in its certificate. Required.</summary>
    public string? Zone { get; set; }

    /// <summary>Name of this machine within the zone. Must equal the node in its certificate. Required.</summary>
    public string? Node { get; set; }

    /// <summary>`gateway` (has doors), `worker` (has decoders), or both. Each must stand in the certificate. Required.</summary>
    public IList<string> Roles { get; init; } = [];

    /// <summary>File of the policy (YAML). Required.</summary>
    public string? Policy { get; set; }

    /// <summary>Folder for spool, keys and checkpoints of this silo; made when absent. Required.</summary>
    public string? Data { get; set; }

    public CertificateOptions Certificate { get; init; } = new();

    public DatabaseOptions Database { get; init; } = new();

    public ListenOptions Listen { get; init; } = new();

    public DecoderOptions Decoders { get; init; } = new();

    public CallersOptions Callers { get; init; } = new();

    /// <summary>Clusters of other boundaries, named to callers whose labels belong there. Default none.</summary>
    public IList<NeighbourOptions> Neighbours { get; init; } = [];

    public LogOptions Log { get; init; } = new();

    /// <summary>How much tenants may ask for; gateways only, each counts for itself. Default none.</summary>
    public IList<LimitOptions> Limits { get; init; } = [];

    public SessionsOptions Sessions { get; init; } = new();
}

/// <summary>What is kept of conversations; gateways only. All gateways of a boundary have the same.</summary>
internal sealed class SessionsOptions : SettingsSection
{
    /// <summary>File of the sealing keys, mode 0600 (`bailiwick keys sealing`). Default none: nothing is kept, and who asks for it is refused.</summary>
    public string? Keys { get; set; }

    /// <summary>Zone in which the database stands, on the word of its operator (proof: contract). Default: this silo's, where it is on this machine.</summary>
    public string? Zone { get; set; }

    /// <summary>How long a turn is kept, days; an obligation `erase-30d` shortens it. 1 to 3660. Default 30.</summary>
    public int RetentionDays { get; set; } = 30;
}

/// <summary>What tells where a caller sits; gateways only.</summary>
internal sealed class CallersOptions : SettingsSection
{
    /// <summary>Networks and the zones behind them, on the word of the network's operator (proof: contract). Default none.</summary>
    public IList<NetworkOptions> Networks { get; init; } = [];

    /// <summary>
    /// Key of the pseudonyms under which records name subjects of tokens and certificates, mode 0600 (`bailiwick keys pseudonym`). The
    /// same at all gateways of a boundary. Required with issuers or certificates.
    /// </summary>
    public string? PseudonymKey { get; set; }

    /// <summary>Whom to let in no more: fingerprints of certificates and pseudonyms, a line each. Read twice a second. Default none.</summary>
    public string? Revoked { get; set; }

    /// <summary>Issuers whose tokens are taken. Default none.</summary>
    public IList<IssuerOptions> Issuers { get; init; } = [];

    /// <summary>Names in client certificates and whom they stand for; needs listen.tls. Default none.</summary>
    public IList<CertificateCallerOptions> Certificates { get; init; } = [];
}

/// <summary>A network whose callers sit in a zone.</summary>
internal sealed class NetworkOptions : SettingsSection
{
    /// <summary>CIDR: `10.1.0.0/16`. Required.</summary>
    public string? Network { get; set; }

    /// <summary>Zone id of the policy. Required.</summary>
    public string? Zone { get; set; }
}

/// <summary>How much a tenant may ask for, or each of its credentials.</summary>
internal sealed class LimitOptions : SettingsSection
{
    /// <summary>Tenant id of the policy. Required.</summary>
    public string? Tenant { get; set; }

    /// <summary>`tenant` (all its credentials together) or `key` (each of them). Default `tenant`.</summary>
    public string Per { get; set; } = "tenant";

    /// <summary>Turns a minute, also how many at once. 1 to 1,000,000. Default none.</summary>
    public int? RequestsPerMinute { get; set; }

    /// <summary>
    /// Tokens a minute, as turns ask for them: a quarter of the prompt's bytes and max_tokens (256 where it names none). 1 to 1,000,000,000.
    /// Default none; one of both limits is needed.
    /// </summary>
    public int? TokensPerMinute { get; set; }
}

/// <summary>Another boundary's cluster.</summary>
internal sealed class NeighbourOptions : SettingsSection
{
    /// <summary>Its jurisdiction, an id of the policy. Required.</summary>
    public string? Jurisdiction { get; set; }

    /// <summary>What callers are told: its name or address. 1 to 128 visible ASCII characters. Required.</summary>
    public string? Cluster { get; set; }
}

/// <summary>The verifiable log; gateways only. All gateways of a boundary have the same.</summary>
internal sealed class LogOptions : SettingsSection
{
    /// <summary>Identity of the log, also the name of its key (C2SP checkpoint): `example.org/bailiwick`. Required for gateways.</summary>
    public string? Origin { get; set; }

    /// <summary>File of its signing key, mode 0600 (`bailiwick audit keys`). Required for gateways.</summary>
    public string? Key { get; set; }

    /// <summary>Folder outside PostgreSQL that keeps the last published checkpoint. Default: `published` in the silo's data folder.</summary>
    public string? Published { get; set; }
}

/// <summary>PEM files of this silo's identity.</summary>
internal sealed class CertificateOptions : SettingsSection
{
    /// <summary>The site's authority. Required.</summary>
    public string? Authority { get; set; }

    /// <summary>This silo's certificate. Required.</summary>
    public string? File { get; set; }

    /// <summary>Its key, mode 0600. Required.</summary>
    public string? Key { get; set; }
}

/// <summary>
/// PostgreSQL logins, one per duty (infra/postgres/roles.sql); each may only do what its duty needs. Npgsql connection strings with
/// Host, Port, Database, Username and Passfile: passwords stand in files of mode 0600, never here.
/// </summary>
internal sealed class DatabaseOptions : SettingsSection
{
    /// <summary>Membership, keys, desired replicas. Required.</summary>
    public string? Application { get; set; }

    /// <summary>May only insert records. Required.</summary>
    public string? Intake { get; set; }

    /// <summary>Reads records, writes tiles and heads. Required for gateways.</summary>
    public string? Sequencer { get; set; }

    /// <summary>Reads records, tiles and heads, for proofs and evidence packs. Required for gateways.</summary>
    public string? Auditor { get; set; }

    /// <summary>Owns the schema; read by the verb `migrate` alone.</summary>
    public string? Owner { get; set; }
}

/// <summary>Addresses and ports. Until silos speak mutual TLS with each other, every address must be loopback.</summary>
internal sealed class ListenOptions : SettingsSection
{
    /// <summary>Default 127.0.0.1.</summary>
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>Orleans, between silos. 1 to 65535. Default 11111.</summary>
    public int Silo { get; set; } = 11111;

    /// <summary>gRPC (HTTP/2). 0 = none. Default 8080; gateways only.</summary>
    public int Grpc { get; set; } = 8080;

    /// <summary>OpenAI-compatible HTTP/1.1. 0 = none. Default 8081; gateways only.</summary>
    public int Http { get; set; } = 8081;

    /// <summary>Liveness, readiness, metrics. 1 to 65535. Default 8082.</summary>
    public int Operations { get; set; } = 8082;

    /// <summary>TLS of the gRPC and HTTP doors; the operations port has none. Default none.</summary>
    public TlsOptions? Tls { get; set; }
}

/// <summary>How this silo's decoders run; workers only.</summary>
internal sealed class DecoderOptions : SettingsSection
{
    /// <summary>Folder of built models. Required for workers.</summary>
    public string? Store { get; set; }

    /// <summary>Compute threads of one decoder. 1 to 512. Default 2.</summary>
    public int Threads { get; set; } = 2;

    /// <summary>KV blocks of one decoder. 0 = the model's context eight times. Default 0; up to 1,000,000.</summary>
    public int KvBlocks { get; set; }

    /// <summary>Run a decoder that cannot be isolated. Default false.</summary>
    public bool AllowUnisolated { get; set; }

    /// <summary>Published models (folders or files) that this worker imports and serves from its start. Default none.</summary>
    public IList<string> Models { get; init; } = [];

    /// <summary>File of ONNX Runtime GenAI's library. Default: the decoder's own search order.</summary>
    public string? GenAi { get; set; }

    /// <summary>Profile of simulated decoders (tests). Default null: real ones.</summary>
    public string? Simulate { get; set; }
}
