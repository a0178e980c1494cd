namespace Bailiwick.Evidence;

/// <summary>The name of a key in a signed note: not empty, no Unicode space, no plus, no control character.</summary>
internal static class KeyName
{
    /// <summary>ML-DSA cosignatures write the length of a name in one byte.</summary>
    public const int MaxBytes = 255;

    public static bool IsValid(ReadOnlySpan<char> name)
    {
        if (name.IsEmpty || System.Text.Encoding.UTF8.GetByteCount(name) > MaxBytes)
        {
            return false;
        }

        foreach (var character in name)
        {
            if (char.IsWhiteSpace(character) || char.IsControl(character) || character == '+')
            {
                return false;
            }
        }

        return true;
    }
}
