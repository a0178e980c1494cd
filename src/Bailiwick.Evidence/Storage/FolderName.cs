using System.Buffers;

namespace Bailiwick.Evidence.Storage;

/// <summary>Names of files in packs and logs: relative, of plain segments, the same on every system.</summary>
internal static class FolderName
{
    private const int MaxLength = 255;

    private static readonly SearchValues<char> Characters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/");

    public static bool IsValid(string name) =>
        name.Length is > 0 and <= MaxLength
        && !name.AsSpan().ContainsAnyExcept(Characters)
        && name.Split('/').All(segment => segment.Trim('.').Length > 0);
}
