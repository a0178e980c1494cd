namespace Bailiwick.Evidence;

/// <summary>verify.sh as it goes into each pack: bash, awk, coreutils and openssl only.</summary>
public static class VerifyScript
{
    /// <summary>Its bytes. An officer compares their SHA-256 with the published one, or brings a copy of their own.</summary>
    public static ReadOnlyMemory<byte> Bytes { get; } = Load();

    private static byte[] Load()
    {
        using var stream = typeof(VerifyScript).Assembly.GetManifestResourceStream(PackNames.Script)
            ?? throw new InvalidOperationException("verify.sh is not in the assembly.");
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
