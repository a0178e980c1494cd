using Bailiwick.Residency;
using Bailiwick.Residency.Policies;
using Bailiwick.Silo.Api.Auth;
using Bailiwick.Silo.Api.Tls;
using Bailiwick.Silo.Api.Tokens;

namespace Bailiwick.Silo.Hosting;

/// <summary>Checks who may call beside the bearers of API keys: issuers of tokens, and names in client certificates.</summary>
internal sealed class CallerValidation(Vocabulary words, List<string> faults)
{
    private const int Longest = 255;
    private const int LongestKeyFile = 128;
    private static readonly string[] UsualAlgorithms = [TokenKey.Rs256, TokenKey.Es256, TokenKey.EdDsa];

    public CallersModel Validate(CallersOptions options)
    {
        var issuers = options.Issuers.Select((issuer, index) => Issuer(issuer, $"callers.issuers[{index}]")).ToList();
        var certificates = options.Certificates.Select((entry, index) => Certificate(entry, $"callers.certificates[{index}]")).ToList();
        CheckTwice("callers.issuers", issuers.Select(issuer => issuer.Issuer));
        CheckTwice("callers.certificates", certificates.Select(rule => rule.Name));
        if (options.Revoked is { } list && Read("callers.revoked", list, RevokedCallers.MaxBytes) is { } lines
            && !RevokedCallers.TryRead(lines, out _, out var fault))
        {
            faults.Add($"callers.revoked: {fault}.");
        }

        var isNeeded = issuers.Count > 0 || certificates.Any(rule => rule.Label is not null);
        return new CallersModel(isNeeded ? PseudonymKey(options.PseudonymKey) : null, options.Revoked, issuers, certificates);
    }

    private byte[]? PseudonymKey(string? file)
    {
        const string Setting = "callers.pseudonymKey";
        var before = faults.Count;
        if (SiloValidation.Required(file, Setting, faults))
        {
            SiloFiles.CheckSecret(file!, Setting, faults);
        }

        if (faults.Count > before || Read(Setting, file!, LongestKeyFile) is not { } content)
        {
            return null;
        }

        if (!Pseudonyms.TryReadKey(content, out var key))
        {
            faults.Add($"{Setting}: holds no key; `bailiwick keys pseudonym FILE` makes one.");
        }

        return key;
    }

    private IssuerModel Issuer(IssuerOptions options, string setting)
    {
        CheckText($"{setting}.issuer", options.Issuer);
        CheckText($"{setting}.audience", options.Audience);
        CheckRange($"{setting}.skewSeconds", options.SkewSeconds, 0, 300);
        CheckRange($"{setting}.lifetimeSeconds", options.LifetimeSeconds, 60, 86_400);
        var algorithms = options.Algorithms ?? UsualAlgorithms;
        CheckWords($"{setting}.algorithms", algorithms, TokenKey.Algorithms);
        if (SiloValidation.Required(options.Keys, $"{setting}.keys", faults) && Read($"{setting}.keys", options.Keys!, KeySet.MaxBytes) is { } set
            && !KeySet.TryRead(set, [.. algorithms], out _, out var fault))
        {
            faults.Add($"{setting}.keys: {fault}.");
        }

        var claims = options.Claims;
        foreach (var (name, claim) in new[]
        {
            ("subject", claims.Subject), ("tenant", claims.Tenant), ("scopes", claims.Scopes),
            ("jurisdiction", claims.Jurisdiction ?? "-"), ("class", claims.Class ?? "-"), ("purpose", claims.Purpose ?? "-"),
        })
        {
            CheckText($"{setting}.claims.{name}", claim);
        }

        CheckWords($"{setting}.tenants", options.Tenants.Values, words.Tenants);
        CheckWords($"{setting}.scopes", options.Scopes.Values, Scopes.All);
        var label = options.Label;
        CheckWords($"{setting}.label.jurisdictions", label.Jurisdictions, words.Jurisdictions.Ids);
        CheckWords($"{setting}.label.classes", label.Classes, words.Classes);
        CheckWords($"{setting}.label.purposes", label.Purposes, words.Purposes);
        faults.AddRange(
            from tenant in options.Tenants.Values.Distinct()
            from jurisdiction in label.Jurisdictions
            where KeyRules.IsAbroad(new Label(jurisdiction, null, null, tenant), words)
            select $"{setting}.label.jurisdictions: '{jurisdiction}' lies outside the home of the tenant '{tenant}'.");
        return new IssuerModel(
            options.Issuer ?? "", options.Audience ?? "", options.Keys ?? "", [.. algorithms], TimeSpan.FromSeconds(options.SkewSeconds),
            TimeSpan.FromSeconds(options.LifetimeSeconds),
            new ClaimNames(claims.Subject, claims.Tenant, claims.Scopes, claims.Jurisdiction, claims.Class, claims.Purpose),
            options.Tenants.AsReadOnly(), options.Scopes.AsReadOnly(),
            new LabelCeiling([.. label.Jurisdictions], [.. label.Classes], [.. label.Purposes]));
    }

    private CertificateRule Certificate(CertificateCallerOptions options, string setting)
    {
        if (options.Uri is null == options.Subject is null)
        {
            faults.Add($"{setting}: one of uri and subject is needed.");
        }

        CheckText($"{setting}.{(options.Uri is null ? "subject" : "uri")}", options.Uri ?? options.Subject);
        if (options.Zone is { } zone && !words.Zones.Contains(zone))
        {
            faults.Add($"{setting}.zone: '{zone}' is not in the policy.");
        }

        Label? label = null;
        if (new[] { options.Jurisdiction, options.Class, options.Purpose, options.Tenant }.Any(word => word is not null))
        {
            label = new Label(options.Jurisdiction, options.Class, options.Purpose, options.Tenant);
            faults.AddRange(KeyRules.CheckLabel(label, words).Select(fault => $"{setting}.{fault.Field}: {fault.Sentence}"));
            CheckWords($"{setting}.scopes", options.Scopes, Scopes.All);
        }
        else if (options.Scopes.Count > 0)
        {
            faults.Add($"{setting}.scopes: need jurisdiction, class, purpose and tenant beside them.");
        }
        else if (options.Zone is null)
        {
            faults.Add($"{setting}: a tenant with its label, or a zone is needed.");
        }

        return new CertificateRule(options.Uri ?? options.Subject ?? "", options.Uri is null, label, [.. options.Scopes], options.Zone);
    }

    private byte[]? Read(string setting, string file, int most)
    {
        if (SiloFiles.TryReadGuarded(file, most, out var content, out var fault))
        {
            return content;
        }

        faults.Add($"{setting}: {fault}");
        return null;
    }

    private void CheckText(string setting, string? text)
    {
        if (text is not { Length: > 0 and <= Longest } || text.Any(char.IsControl))
        {
            faults.Add($"{setting}: 1 to {Longest} characters are needed.");
        }
    }

    private void CheckRange(string setting, int value, int least, int most)
    {
        if (value < least || value > most)
        {
            faults.Add($"{setting}: {value} must lie between {least} and {most}.");
        }
    }

    private void CheckWords(string setting, ICollection<string> given, IEnumerable<string> known)
    {
        if (given.Count == 0 || given.Except(known).Any())
        {
            faults.Add($"{setting}: one or more of {string.Join(", ", known)} are needed.");
        }
    }

    private void CheckTwice(string setting, IEnumerable<string> names) =>
        faults.AddRange(names.Where(name => name.Length > 0).GroupBy(name => name).Where(group => group.Count() > 1)
            .Select(group => $"{setting}: '{group.Key}' stands twice."));
}
