using System.Security.Cryptography;
using System.Text;
using Bailiwick.Evidence;

namespace Bailiwick.Tests.Evidence;

/// <summary>A pack after one edit, and the file (and line, where one can be named) that a verifier must name.</summary>
internal sealed record TamperedPack(string Kind, MemoryFolder Folder, string File, string What)
{
    public override string ToString() => $"{Kind} {What} in {File}";
}

/// <summary>
/// Edits packs as an attacker would who lacks the log's key. Half of the time they also put the changed digests into
/// the manifest, which helps them as long as nobody checks its signature.
/// </summary>
internal sealed class Tamper(SamplePack pack, int seed)
{
    private readonly Random _random = new(seed);
    private readonly string[] _files = [.. pack.Folder.Files.Keys];

    public static IReadOnlyList<string> Kinds { get; } =
        ["bit", "drop", "swap", "repeat", "tail", "older-checkpoint", "other-key", "manifest", "missing", "stray"];

    public TamperedPack Edit(string kind)
    {
        var folder = pack.Folder.Copy();
        var (file, what) = kind switch
        {
            "bit" => FlipBit(folder),
            "drop" or "swap" or "repeat" or "tail" => EditEvents(kind, folder),
            "older-checkpoint" => UseOlderCheckpoint(folder),
            "other-key" => SignWithOtherKey(folder),
            "manifest" => EditManifest(folder),
            "missing" => Remove(folder),
            "stray" => Add(folder),
            _ => throw new ArgumentException(kind),
        };
        if (file != PackNames.Manifest && kind is not ("missing" or "stray") && _random.Next(2) == 0)
        {
            RewriteManifest(folder);
            what += $" of {file}, manifest rewritten";

            // Only the manifest speaks for these: where it was changed with them, it is what can be named.
            file = file is PackNames.Table or PackNames.Script or PackNames.Consistency ? PackNames.Manifest : file;
        }

        return new TamperedPack(kind, folder, file, what);
    }

    private (string File, string What) FlipBit(MemoryFolder folder)
    {
        // By bytes, so that large files get their share, but every file has a fair chance too.
        var name = _random.Next(2) == 0 ? PackNames.Events : _files[_random.Next(_files.Length)];
        var bytes = (byte[])folder.Files[name].Clone();
        var at = _random.Next(bytes.Length);
        bytes[at] ^= (byte)(1 << _random.Next(8));
        folder.Files[name] = bytes;
        if (name != PackNames.Events)
        {
            return (name, $"byte {at}");
        }

        var line = pack.Folder.Files[name].AsSpan(0, at).Count((byte)'\n') + 1;
        return ($"{name}, line {line}", $"byte {at}");
    }

    private (string File, string What) EditEvents(string kind, MemoryFolder folder)
    {
        var lines = Encoding.UTF8.GetString(folder.Files[PackNames.Events])[..^1].Split('\n').ToList();
        var at = _random.Next(lines.Count - 1);
        var named = $"{PackNames.Events}, line {at + 1}";
        switch (kind)
        {
            case "drop":
                lines.RemoveAt(at);
                break;
            case "repeat":
                lines.Insert(at, lines[at]);
                named = $"{PackNames.Events}, line {at + 2}";
                break;
            case "swap":
                (lines[at], lines[^1]) = (lines[^1], lines[at]);
                break;
            default:
                lines.RemoveRange(at, lines.Count - at);
                named = PackNames.Events;
                break;
        }

        folder.Files[PackNames.Events] = Encoding.UTF8.GetBytes(string.Join('\n', lines) + (lines.Count > 0 ? "\n" : ""));
        return (named, $"line {at + 1}");
    }

    private (string File, string What) UseOlderCheckpoint(MemoryFolder folder)
    {
        var sizes = pack.Checkpoints.Keys.Order().SkipLast(1).ToList();
        var size = sizes[_random.Next(sizes.Count)];
        folder.Files[PackNames.Checkpoint] = pack.Checkpoints[size];
        return (PackNames.Events, $"of {size} leaves");
    }

    private (string File, string What) SignWithOtherKey(MemoryFolder folder)
    {
        // A key of the same name, as an attacker would make one: only the key material differs.
        using var key = SigningKey.FromSeed(SampleLog.Origin, SignatureType.Ed25519, RandomBytes());
        var name = _random.Next(2) == 0 ? PackNames.Checkpoint : PackNames.Manifest;
        var note = Note(folder, name);
        folder.Files[name] = (note with { Signatures = [key.SignText(note.Text), .. note.Signatures.Skip(1)] }).ToBytes();
        return (name, "signed by another key");
    }

    private (string File, string What) EditManifest(MemoryFolder folder)
    {
        var text = Encoding.UTF8.GetString(folder.Files[PackNames.Manifest]);
        var lines = text.Split('\n');
        var at = _random.Next(4, Array.IndexOf(lines, ""));
        lines[at] = _random.Next(2) == 0
            ? string.Concat(lines[at].Select(digit => digit == 'a' ? 'b' : digit)) + "x"
            : lines[at - 1];
        folder.Files[PackNames.Manifest] = Encoding.UTF8.GetBytes(string.Join('\n', lines));
        return (PackNames.Manifest, $"line {at + 1}");
    }

    private (string File, string What) Remove(MemoryFolder folder)
    {
        var name = _files[_random.Next(_files.Length)];
        folder.Files.Remove(name);
        return (name, "removed");
    }

    private (string File, string What) Add(MemoryFolder folder)
    {
        var name = _random.Next(2) == 0 ? "tile/0/x001/000" : $"policies/{_random.Next()}.yaml";
        folder.Files[name] = RandomBytes();
        return (name, "added");
    }

    private static void RewriteManifest(MemoryFolder folder)
    {
        var note = Note(folder, PackNames.Manifest);
        Assert.True(PackManifest.TryParse(note.Text, out var manifest, out _));
        var files = manifest.Files.Select(file => file with
        {
            Length = folder.Files[file.Name].Length,
            Sha256 = TreeHash.From(SHA256.HashData(folder.Files[file.Name])),
        });
        folder.Files[PackNames.Manifest] = (note with { Text = (manifest with { Files = [.. files] }).ToText() }).ToBytes();
    }

    private static SignedNote Note(MemoryFolder folder, string name)
    {
        Assert.True(SignedNote.TryParse(folder.Files[name], out var note, out _));
        return note;
    }

    private byte[] RandomBytes()
    {
        var bytes = new byte[32];
        _random.NextBytes(bytes);
        return bytes;
    }
}
