using System.Buffers.Binary;
using System.Security.Cryptography;
using Bailiwick.Residency;

namespace Bailiwick.Silo.Api.Auth;

/// <summary>What somebody asks of a new key; checked by <see cref="KeyRules"/>.</summary>
internal sealed record NewKey(string Name, Label Label, IReadOnlyList<string> Scopes, DateTimeOffset Expires);

/// <summary>A key, its hash to store, and its secret, which is told once and stored nowhere.</summary>
internal sealed record MintedKey(ApiKey Key, byte[] Hash, string Secret);

/// <summary>Makes keys.</summary>
internal sealed class KeyMint(IChance chance, TimeProvider time)
{
    public MintedKey Make(NewKey asked)
    {
        Span<byte> id = stackalloc byte[KeySecret.IdBytes];
        Span<byte> secret = stackalloc byte[KeySecret.SecretBytes];
        chance.Fill(id);
        chance.Fill(secret);
        var number = BinaryPrimitives.ReadUInt64BigEndian(id);
        var key = new ApiKey(
            KeySecret.IdText(number), asked.Name, asked.Label, asked.Scopes, time.GetUtcNow(), asked.Expires, Revoked: null);
        var minted = new MintedKey(key, SHA256.HashData(secret), KeySecret.Format(number, secret));
        CryptographicOperations.ZeroMemory(secret);
        return minted;
    }
}
