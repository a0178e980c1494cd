namespace Bailiwick.Models.Import;

/// <summary>Copies the bytes of a file and nothing else: no mode bits, no times.</summary>
internal static class PlainCopy
{
    public static void Of(string source, string target)
    {
        using var from = new FileStream(source, FileMode.Open, FileAccess.Read, FileShare.Read);
        using var to = new FileStream(target, FileMode.CreateNew, FileAccess.Write);
        from.CopyTo(to);
    }
}
