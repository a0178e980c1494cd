using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Bailiwick.Protocol;

namespace Bailiwick.Silo.Sessions;

/// <summary>
/// Seals a column of a row: AES-256-GCM (NIST SP 800-38D) under a key of that row and column alone, HKDF-SHA256 (RFC 5869) of the master
/// key. The header is authenticated together with row, tenant and column, so that a sealed value opens only where it was put:
/// `1`, length and id of the master key, epoch of the policy in force (8 bytes, big-endian), nonce (12), tag (16), ciphertext.
/// </summary>
internal sealed class Seal(SealingKeys keys)
{
    private const byte Version = 1;
    private const int EpochLength = sizeof(long);
    private const int NonceLength = 12;
    private const int TagLength = 16;

    private static readonly byte[] Purpose = "bailiwick sessions v1"u8.ToArray();

    /// <summary>Id of the master key that seals.</summary>
    public string Newest => keys.Newest;

    /// <param name="plain">What nobody may read.</param>
    /// <param name="where">Where it will stand.</param>
    /// <param name="epoch">Epoch of the policy under which it was let in.</param>
    public byte[] Close(ReadOnlySpan<byte> plain, in SealedPlace where, long epoch)
    {
        var id = Encoding.ASCII.GetBytes(keys.Newest);
        var start = 2 + id.Length;
        var header = start + EpochLength;
        var output = new byte[header + NonceLength + TagLength + plain.Length];
        output[0] = Version;
        output[1] = (byte)id.Length;
        id.CopyTo(output, 2);
        BinaryPrimitives.WriteInt64BigEndian(output.AsSpan(start), epoch);
        var nonce = output.AsSpan(header, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        keys.TryGet(keys.Newest, out var master);
        using var cipher = Cipher(master, where);
        cipher.Encrypt(
            nonce, plain, output.AsSpan(header + NonceLength + TagLength), output.AsSpan(header + NonceLength, TagLength),
            Bound(output.AsSpan(0, header), where));
        return output;
    }

    /// <returns>False where the key is not held here, or the value was changed or stands elsewhere than it was put.</returns>
    public bool TryOpen(ReadOnlySpan<byte> sealedValue, in SealedPlace where, [NotNullWhen(true)] out byte[]? plain)
    {
        plain = null;
        if (!TryReadHeader(sealedValue, out var id, out _, out var header) || !keys.TryGet(id, out var master))
        {
            return false;
        }

        var opened = new byte[sealedValue.Length - header - NonceLength - TagLength];
        using var cipher = Cipher(master, where);
        try
        {
            cipher.Decrypt(
                sealedValue.Slice(header, NonceLength), sealedValue[(header + NonceLength + TagLength)..],
                sealedValue.Slice(header + NonceLength, TagLength), opened, Bound(sealedValue[..header], where));
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }

        plain = opened;
        return true;
    }

    /// <summary>What the header says; nothing of it is believed before the value has been opened.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> sealedValue, out string key, out long epoch, out int length)
    {
        (key, epoch, length) = ("", 0, 0);
        if (sealedValue.Length < 2 || sealedValue[0] != Version)
        {
            return false;
        }

        var start = 2 + sealedValue[1];
        length = start + EpochLength;
        if (sealedValue.Length < length + NonceLength + TagLength)
        {
            return false;
        }

        key = Encoding.ASCII.GetString(sealedValue[2..start]);
        epoch = BinaryPrimitives.ReadInt64BigEndian(sealedValue[start..]);
        return true;
    }

    private static AesGcm Cipher(ReadOnlySpan<byte> master, in SealedPlace where)
    {
        Span<byte> key = stackalloc byte[SealingKeys.KeyLength];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, master, key, salt: Purpose, info: Bound([], where));
        try
        {
            return new AesGcm(key, TagLength);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>Header and place in one spelling: each text after its length.</summary>
    private static byte[] Bound(ReadOnlySpan<byte> header, in SealedPlace where)
    {
        using var bytes = new MemoryStream();
        bytes.Write(header);
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach (var text in (ReadOnlySpan<string>)[where.Kind, where.Row, where.Tenant])
        {
            var utf8 = Encoding.UTF8.GetBytes(text);
            BinaryPrimitives.WriteInt32BigEndian(length, utf8.Length);
            bytes.Write(length);
            bytes.Write(utf8);
        }

        return bytes.ToArray();
    }
}

/// <summary>Where a sealed value stands.</summary>
/// <param name="Kind">Column, one of the names below; they stand in every sealed value and never change.</param>
/// <param name="Row">Id of the row.</param>
/// <param name="Tenant">Whose it is.</param>
internal readonly record struct SealedPlace(string Kind, string Row, string Tenant)
{
    public const string Metadata = "metadata";
    public const string Request = "request";
    public const string Answer = "answer";
}
