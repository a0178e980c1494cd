using System.Security.Cryptography;
using System.Text;
using Bailiwick.Protocol;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Sessions;

namespace Bailiwick.Silo.Api.OpenAi;

/// <summary>
/// The header `Idempotency-Key` of a POST that makes a turn or a conversation. Bare, as most clients send it, or a quoted string, as
/// draft-ietf-httpapi-idempotency-key-header section 2.1 spells it; both name the same request.
/// </summary>
internal static class IdempotencyHeader
{
    public const string Name = "Idempotency-Key";

    /// <summary>Null and no refusal where there is none. Another path or one other byte in the body is another request.</summary>
    public static (IdempotencyKey? Key, Refusal? Refusal) Read(HttpRequest request, ReadOnlySpan<byte> body)
    {
        if (!request.Headers.TryGetValue(Name, out var values))
        {
            return default;
        }

        var text = values is [{ } only] ? only : "";
        if (text is ['"', .., '"'])
        {
            text = text[1..^1];
        }

        if (!IdempotencyKey.IsKey(text))
        {
            return (null, new Refusal(Errors.Invalid, $"The header {Name} stands once and has 1 to 255 visible ASCII characters.") { Field = Name });
        }

        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        digest.AppendData(Encoding.UTF8.GetBytes(request.Path.Value + "\n"));
        digest.AppendData(body);
        return (new IdempotencyKey(text, digest.GetHashAndReset()), null);
    }
}
