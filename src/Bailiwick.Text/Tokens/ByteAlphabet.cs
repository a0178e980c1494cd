namespace Bailiwick.Text.Tokens;

/// <summary>
/// The 256 printable characters that stand for bytes in byte-level vocabularies. Source: GPT-2's
/// <c>bytes_to_unicode</c>: printable Latin-1 stands for itself, the other bytes for U+0100 and up, in order.
/// </summary>
internal static class ByteAlphabet
{
    private static readonly char[] CharOf = Build();
    private static readonly short[] ByteOf = Invert();

    public static char ToChar(byte value) => CharOf[value];

    public static bool TryToByte(char c, out byte value)
    {
        var found = c < ByteOf.Length ? ByteOf[c] : (short)-1;
        value = (byte)found;
        return found >= 0;
    }

    private static char[] Build()
    {
        var chars = new char[256];
        var next = 0x100;
        for (var b = 0; b < 256; b++)
        {
            var printable = b is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE and <= 0xFF;
            chars[b] = (char)(printable ? b : next++);
        }

        return chars;
    }

    private static short[] Invert()
    {
        var bytes = new short[CharOf.Max() + 1];
        Array.Fill(bytes, (short)-1);
        for (var b = 0; b < 256; b++)
        {
            bytes[CharOf[b]] = (short)b;
        }

        return bytes;
    }
}
