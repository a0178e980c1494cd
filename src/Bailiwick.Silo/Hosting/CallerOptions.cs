namespace Bailiwick.Silo.Hosting;

/// <summary>An issuer of tokens (an OpenID provider, say) and what its tokens may give here. Nothing that it names is ever fetched.</summary>
internal sealed class IssuerOptions : SettingsSection
{
    /// <summary>Exactly what `iss` is in its tokens. 1 to 255 characters. Required.</summary>
    public string? Issuer { get; set; }

    /// <summary>What `aud` must hold. 1 to 255 characters. Required.</summary>
    public string? Audience { get; set; }

    /// <summary>File of its public keys (JWK set), not writable by others. Read twice a second. Required.</summary>
    public string? Keys { get; set; }

    /// <summary>Algorithms that its tokens may be signed with: RS256, PS256, ES256, EdDSA. Default RS256, ES256, EdDSA.</summary>
    public IList<string>? Algorithms { get; set; }

    /// <summary>How far its clock may be from ours, seconds. 0 to 300. Default 60.</summary>
    public int SkewSeconds { get; set; } = 60;

    /// <summary>How long a token may live, from `iat` to `exp`, seconds. 60 to 86,400. Default 3,600.</summary>
    public int LifetimeSeconds { get; set; } = 3600;

    public ClaimOptions Claims { get; init; } = new();

    /// <summary>What the tenant claim may say, and the tenant of the policy for each. At least one.</summary>
    public IDictionary<string, string> Tenants { get; init; } = new Dictionary<string, string>();

    /// <summary>What the scope claim may say, and our scope for each (`inference`, `operations`, `audit`). At least one.</summary>
    public IDictionary<string, string> Scopes { get; init; } = new Dictionary<string, string>();

    public CeilingOptions Label { get; init; } = new();
}

/// <summary>Names of top-level claims.</summary>
internal sealed class ClaimOptions : SettingsSection
{
    /// <summary>Text. Default `sub`.</summary>
    public string Subject { get; set; } = "sub";

    /// <summary>Text. Default `tenant`.</summary>
    public string Tenant { get; set; } = "tenant";

    /// <summary>Text of words, or list of texts. Default `scope`.</summary>
    public string Scopes { get; set; } = "scope";

    /// <summary>Text. Default null: tokens do not say it.</summary>
    public string? Jurisdiction { get; set; }

    /// <summary>Text. Default null: tokens do not say it.</summary>
    public string? Class { get; set; }

    /// <summary>Text. Default null: tokens do not say it.</summary>
    public string? Purpose { get; set; }
}

/// <summary>Labels that tokens of an issuer may give; a token that names another is refused. The first counts where a token names none.</summary>
internal sealed class CeilingOptions : SettingsSection
{
    /// <summary>Ids of the policy, within the home of each tenant. At least one.</summary>
    public IList<string> Jurisdictions { get; init; } = [];

    /// <summary>Ids of the policy. At least one.</summary>
    public IList<string> Classes { get; init; } = [];

    /// <summary>Ids of the policy. At least one.</summary>
    public IList<string> Purposes { get; init; } = [];
}

/// <summary>A name in client certificates. With a tenant it is a caller, with a zone it proves a place; with both, both.</summary>
internal sealed class CertificateCallerOptions : SettingsSection
{
    /// <summary>The certificate's only alternative name, a URI (`bailiwick keys caller`). This or <see cref="Subject"/>.</summary>
    public string? Uri { get; set; }

    /// <summary>The certificate's subject: `CN=press, O=Office`.</summary>
    public string? Subject { get; set; }

    /// <summary>Ids of the policy: all four with a tenant, none without.</summary>
    public string? Jurisdiction { get; set; }

    /// <summary>As <see cref="Jurisdiction"/>.</summary>
    public string? Class { get; set; }

    /// <summary>As <see cref="Jurisdiction"/>.</summary>
    public string? Purpose { get; set; }

    /// <summary>As <see cref="Jurisdiction"/>.</summary>
    public string? Tenant { get; set; }

    /// <summary>`inference`, `operations`, `audit`; at least one with a tenant.</summary>
    public IList<string> Scopes { get; init; } = [];

    /// <summary>Zone where the certificate stays. Default null: it says nothing of a place.</summary>
    public string? Zone { get; set; }
}

/// <summary>TLS of the doors.</summary>
internal sealed class TlsOptions : SettingsSection
{
    /// <summary>PEM file of the doors' certificate (`bailiwick keys door`), behind it any between it and the root. Read again on change. Required.</summary>
    public string? Certificate { get; set; }

    /// <summary>Its key, mode 0600. Read again on change. Required.</summary>
    public string? Key { get; set; }

    /// <summary>`none`, `optional` or `required`. Default `none`.</summary>
    public string ClientCertificates { get; set; } = "none";

    /// <summary>PEM file of the one root of client certificates. Default: certificate.authority.</summary>
    public string? ClientAuthority { get; set; }
}
