using System.Diagnostics.CodeAnalysis;
using System.Text;
using Bailiwick.Evidence.Storage;

namespace Bailiwick.Evidence;

/// <summary>One file of a pack as the manifest lists it.</summary>
public sealed record PackFileEntry(string Name, long Length, TreeHash Sha256);

/// <summary>
/// The signed list of files. A note with exactly one signature, of a log key: a line that a verifier did not know
/// would be a line that anybody could change.
/// </summary>
/// <param name="Origin">The log.</param>
/// <param name="Size">Leaves in the pack.</param>
/// <param name="Root">Root of their tree.</param>
/// <param name="Files">Sorted by name.</param>
public sealed record PackManifest(string Origin, ulong Size, TreeHash Root, IReadOnlyList<PackFileEntry> Files)
{
    /// <summary>Most files listed; tiles do not count.</summary>
    public const int MaxFiles = 4096;

    // Not an origin that any key is named after, so a manifest can never pass for a checkpoint.
    private const string Version = "bailiwick evidence pack v1";

    /// <summary>Reads the text of the note.</summary>
    public static bool TryParse(
        string text, [NotNullWhen(true)] out PackManifest? manifest, [NotNullWhen(false)] out Fault? fault)
    {
        manifest = null;
        fault = null;
        var lines = text.Split('\n');
        if (lines.Length is < 5 or > MaxFiles + 5 || lines[0] != Version || lines[^1].Length != 0
            || !PlainDecimal.TryParse(lines[2], out var size) || !TreeHash.TryParseBase64(lines[3], out var root))
        {
            fault = new Fault(FaultCode.PackManifest, $"does not begin with `{Version}`, origin, size and root");
            return false;
        }

        var files = new List<PackFileEntry>(lines.Length);
        foreach (var line in lines[4..^1])
        {
            if (!TryParseFile(line, out var file) || (files.Count > 0 && string.CompareOrdinal(files[^1].Name, file.Name) >= 0))
            {
                fault = new Fault(FaultCode.PackManifest, "is not `SHA256 LENGTH NAME` in order", $"line {files.Count + 5}");
                return false;
            }

            files.Add(file);
        }

        manifest = new PackManifest(lines[1], size, root, files);
        return true;
    }

    /// <summary>The text that is signed: four lines, then one for each file, sorted by name.</summary>
    public string ToText()
    {
        var text = new StringBuilder().Append(Version).Append('\n').Append(Origin).Append('\n')
            .Append(PlainDecimal.Format(Size)).Append('\n').Append(Root.ToBase64()).Append('\n');
        foreach (var file in Files.OrderBy(file => file.Name, StringComparer.Ordinal))
        {
            text.Append(file.Sha256.ToHex()).Append(' ').Append(PlainDecimal.Format((ulong)file.Length))
                .Append(' ').Append(file.Name).Append('\n');
        }

        return text.ToString();
    }

    private static bool TryParseFile(string line, [NotNullWhen(true)] out PackFileEntry? file)
    {
        file = line.Split(' ') is [var hash, var length, var name]
            && TreeHash.TryParseHex(hash, out var sha256)
            && PlainDecimal.TryParse(length, out var bytes)
            && FolderName.IsValid(name)
            && name != PackNames.Manifest
            && !name.StartsWith(PackNames.Tiles, StringComparison.Ordinal)
                ? new PackFileEntry(name, (long)bytes, sha256)
                : null;
        return file is not null;
    }
}
