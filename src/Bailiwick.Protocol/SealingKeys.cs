using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Bailiwick.Protocol;

/// <summary>
/// The master keys under which a site's conversations are sealed: a text file of mode 0600, a line `ID BASE64` per key of 32 bytes, the
/// newest last. The newest seals; all of them open. Immutable and thread-safe; a process keeps them until it ends.
/// </summary>
public sealed partial class SealingKeys
{
    /// <summary>Bytes of a key.</summary>
    public const int KeyLength = 32;

    /// <summary>Most keys of a file.</summary>
    public const int MaxKeys = 64;

    private const string Header = "bailiwick-sealing-keys-v1";

    private readonly Dictionary<string, byte[]> _keys;

    private SealingKeys(string newest, Dictionary<string, byte[]> keys) => (Newest, _keys) = (newest, keys);

    /// <summary>Id of the key that seals.</summary>
    public string Newest { get; }

    /// <summary>Ids of all keys, in no order.</summary>
    public IReadOnlyCollection<string> Ids => _keys.Keys;

    /// <summary>False for an id that the file does not hold: what it sealed cannot be opened here.</summary>
    public bool TryGet(string id, out ReadOnlySpan<byte> key)
    {
        var found = _keys.TryGetValue(id, out var bytes);
        key = bytes;
        return found;
    }

    /// <summary>Text of a file with one new key.</summary>
    /// <param name="id">1 to 16 of a-z, 0-9 and '-'.</param>
    /// <param name="key">32 random bytes.</param>
    public static string Begin(string id, ReadOnlySpan<byte> key) => $"{Header}\n{Line(id, key)}";

    /// <summary>Text of a file with one more key, which seals from then on.</summary>
    /// <param name="text">Text of the file so far.</param>
    /// <param name="key">32 random bytes.</param>
    /// <param name="id">The new key's id: `kN`, one above the highest of the file.</param>
    /// <exception cref="FormatException">The text is no such file, or it is full.</exception>
    public static string Rotate(string text, ReadOnlySpan<byte> key, out string id)
    {
        if (!TryRead(text, out var keys, out var fault))
        {
            throw new FormatException(fault);
        }

        if (keys._keys.Count == MaxKeys)
        {
            throw new FormatException($"holds {MaxKeys} keys already; seal all rows anew and remove old ones");
        }

        var highest = keys.Ids.Max(one => one[0] == 'k' && int.TryParse(one.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0);
        id = string.Create(CultureInfo.InvariantCulture, $"k{highest + 1}");
        return text.TrimEnd('\n') + "\n" + Line(id, key);
    }

    /// <summary>Reads the text of a file. The fault is a part of a sentence that holds nothing of the keys.</summary>
    public static bool TryRead(string text, [NotNullWhen(true)] out SealingKeys? keys, [NotNullWhen(false)] out string? fault)
    {
        ArgumentNullException.ThrowIfNull(text);
        keys = null;
        var lines = text.TrimEnd('\n').Split('\n');
        if (lines[0] != Header)
        {
            fault = $"does not begin with the line {Header}";
            return false;
        }

        if (lines.Length is < 2 or > MaxKeys + 1)
        {
            fault = $"holds {lines.Length - 1} keys; 1 to {MaxKeys} are needed";
            return false;
        }

        var read = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        for (var i = 1; i < lines.Length; i++)
        {
            var key = new byte[KeyLength];
            if (lines[i].Split(' ') is not [var id, var base64] || !Id().IsMatch(id)
                || !Convert.TryFromBase64String(base64, key, out var length) || length != KeyLength)
            {
                fault = $"line {i + 1} is not ID BASE64 with an id of 1 to 16 of a-z, 0-9, '-' and a key of {KeyLength} bytes";
                return false;
            }

            if (!read.TryAdd(id, key) || read.Any(other => other.Key != id && CryptographicOperations.FixedTimeEquals(other.Value, key)))
            {
                fault = $"line {i + 1} repeats an id or a key";
                return false;
            }
        }

        keys = new SealingKeys(lines[^1].Split(' ')[0], read);
        fault = null;
        return true;
    }

    private static string Line(string id, ReadOnlySpan<byte> key)
    {
        if (!Id().IsMatch(id) || key.Length != KeyLength)
        {
            throw new ArgumentException($"An id of 1 to 16 of a-z, 0-9, '-' and a key of {KeyLength} bytes are needed.", nameof(id));
        }

        return new StringBuilder(id).Append(' ').Append(Convert.ToBase64String(key)).Append('\n').ToString();
    }

    [GeneratedRegex(@"\A[a-z0-9-]{1,16}\z")]
    private static partial Regex Id();
}
