using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Bailiwick.Silo.Api.Tokens;
using Bailiwick.Silo.Hosting;

namespace Bailiwick.Tests.Silo.Identity;

/// <summary>An issuer with ES256 keys and a key file. It makes what a test asks for, right or wrong.</summary>
internal sealed class TestIssuer : IDisposable
{
    public const string Issuer = "https://id.test/realm";
    public const string Audience = "gateway";

    private readonly string _folder = Directory.CreateTempSubdirectory("bailiwick-issuer-").FullName;
    private readonly Dictionary<string, ECDsa> _keys = [];

    public TestIssuer()
    {
        AddKey("key-1");
        Publish();
        File.WriteAllText(PseudonymFile, new string('5', 64));
        SiteFolder.Close(PseudonymFile);
    }

    public string KeyFile => Path.Combine(_folder, "keys.json");

    public string PseudonymFile => Path.Combine(_folder, "pseudonym.key");

    public string RevokedFile => Path.Combine(_folder, "revoked");

    /// <summary>Settings under the sample policy, without a fault.</summary>
    public IssuerOptions Options() => new()
    {
        Issuer = Issuer,
        Audience = Audience,
        Keys = KeyFile,
        Tenants = { ["office"] = "quick-start" },
        Scopes = { ["bailiwick.use"] = "inference", ["bailiwick.operate"] = "operations" },
        Claims = { Class = "class" },
        Label = { Jurisdictions = { "local" }, Classes = { "public" }, Purposes = { "service-provision" } },
    };

    public CallersOptions Callers() => new() { PseudonymKey = PseudonymFile, Issuers = { Options() } };

    public void AddKey(string id) => _keys[id] = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>Writes the key file, whole at once, with these keys or all.</summary>
    public void Publish(params string[] ids)
    {
        var keys = (ids.Length == 0 ? [.. _keys.Keys] : ids).Select(id =>
        {
            var point = _keys[id].ExportParameters(false).Q;
            return new { kty = "EC", crv = "P-256", alg = "ES256", use = "sig", kid = id, x = Base64Url.EncodeToString(point.X), y = Base64Url.EncodeToString(point.Y) };
        });
        File.WriteAllText(KeyFile + ".new", JsonSerializer.Serialize(new { keys }));
        File.Move(KeyFile + ".new", KeyFile, overwrite: true);
    }

    /// <summary>A token that is good now, but for what the test changes: a claim or header member that is null is left out.</summary>
    public string Token(
        DateTimeOffset now, Dictionary<string, object?>? claims = null, Dictionary<string, object?>? header = null, string key = "key-1")
    {
        var at = now.ToUnixTimeSeconds();
        var body = new Dictionary<string, object?>
        {
            ["iss"] = Issuer, ["aud"] = Audience, ["sub"] = "person-1", ["tenant"] = "office", ["scope"] = "openid bailiwick.use",
            ["iat"] = at, ["exp"] = at + 600,
        };
        var head = new Dictionary<string, object?> { ["alg"] = "ES256", ["typ"] = "at+jwt", ["kid"] = key };
        var signed = Part(head, header) + "." + Part(body, claims);
        return signed + "." + Base64Url.EncodeToString(_keys[key].SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256));
    }

    public void Dispose()
    {
        foreach (var key in _keys.Values)
        {
            key.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private static string Part(Dictionary<string, object?> usual, Dictionary<string, object?>? changes)
    {
        foreach (var (name, value) in changes ?? [])
        {
            usual[name] = value;
        }

        return Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(usual.Where(entry => entry.Value is not null).ToDictionary()));
    }
}
