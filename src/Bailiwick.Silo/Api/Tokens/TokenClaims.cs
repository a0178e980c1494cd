using System.Text.Json;

namespace Bailiwick.Silo.Api.Tokens;

/// <summary>Claims of a token (RFC 7519 section 4), read by name and never guessed. Disposed with its document.</summary>
internal sealed class TokenClaims(JsonDocument document) : IDisposable
{
    /// <summary>Beyond the year 9999 a time is a mistake (milliseconds, mostly).</summary>
    private const double LatestTime = 253_402_300_799;

    private const int LongestSubject = 255;

    public string? Issuer => JwsForm.Text(document.RootElement, "iss");

    /// <summary>Text of a claim, one line of at most 255 characters; null where it is anything else.</summary>
    public string? Word(string name) =>
        JwsForm.Text(document.RootElement, name) is { Length: > 0 and <= LongestSubject } text && !text.Any(char.IsControl) ? text : null;

    public bool Has(string name) => document.RootElement.TryGetProperty(name, out _);

    /// <summary>Words of a claim: a text with spaces between them (RFC 8693 section 4.2) or a list of texts.</summary>
    public IReadOnlyList<string> Words(string name)
    {
        if (JwsForm.Text(document.RootElement, name) is { } text)
        {
            return text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        }

        return document.RootElement.TryGetProperty(name, out var list) && list.ValueKind is JsonValueKind.Array ? Texts(list) ?? [] : [];
    }

    /// <summary>Whether `aud` names the audience: as its text, or in a list of nothing but texts.</summary>
    public bool IsFor(string audience) => document.RootElement.TryGetProperty("aud", out var named) && named.ValueKind switch
    {
        JsonValueKind.String => JwsForm.Text(document.RootElement, "aud") == audience,
        JsonValueKind.Array => Texts(named)?.Contains(audience) is true,
        _ => false,
    };

    /// <summary>Whether the token is alive (RFC 7519 sections 4.1.4 to 4.1.6).</summary>
    /// <param name="now">The gateway's clock.</param>
    /// <param name="skew">How far the issuer's clock may be from it.</param>
    /// <param name="longest">How long a token may live.</param>
    public TokenFault Life(DateTimeOffset now, TimeSpan skew, TimeSpan longest)
    {
        if (Time("exp") is not { } end || Time("iat") is not { } issued || end - issued > longest.TotalSeconds)
        {
            return TokenFault.Lifetime;
        }

        var clock = now.ToUnixTimeMilliseconds() / 1000.0;
        return end + skew.TotalSeconds <= clock ? TokenFault.Expired
            : issued - skew.TotalSeconds > clock ? TokenFault.NotYetValid
            : !Has("nbf") ? TokenFault.None
            : Time("nbf") is not { } begin || begin - skew.TotalSeconds > clock ? TokenFault.NotYetValid
            : TokenFault.None;
    }

    public void Dispose() => document.Dispose();

    /// <summary>Seconds since 1970, fractions too; null where it is no such number.</summary>
    private double? Time(string name) =>
        document.RootElement.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.Number && value.TryGetDouble(out var seconds)
        && seconds is >= 0 and <= LatestTime ? seconds : null;

    private static List<string>? Texts(JsonElement list)
    {
        var texts = new List<string>();
        foreach (var entry in list.EnumerateArray())
        {
            if (entry.ValueKind is not JsonValueKind.String)
            {
                return null;
            }

            try
            {
                texts.Add(entry.GetString()!);
            }
            catch (InvalidOperationException)
            {
                return null;
            }
        }

        return texts;
    }
}
