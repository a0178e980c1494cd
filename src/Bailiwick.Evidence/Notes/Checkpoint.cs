using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Bailiwick.Evidence;

/// <summary>The head of a log (C2SP tlog-checkpoint): which log, how many leaves, which root. A value, not yet signed.</summary>
/// <param name="Origin">Identity of the log, also the name of its key. Never empty.</param>
/// <param name="Size">Leaves in the tree, below 2^63.</param>
/// <param name="Root">Root of the tree of that size.</param>
/// <param name="Extensions">Further lines, opaque, none empty; cosignatures of type ML-DSA-44 do not cover them.</param>
public sealed record Checkpoint(string Origin, ulong Size, TreeHash Root, IReadOnlyList<string> Extensions)
{
    /// <summary>A head without extension lines.</summary>
    public Checkpoint(string origin, ulong size, TreeHash root)
        : this(origin, size, root, [])
    {
    }

    /// <summary>Reads the text of a note. It says nothing about who signed it.</summary>
    public static bool TryParse(
        string noteText, [NotNullWhen(true)] out Checkpoint? checkpoint, [NotNullWhen(false)] out Fault? fault)
    {
        checkpoint = null;
        fault = null;
        var lines = noteText.Split('\n');
        if (lines.Length < 4 || lines[^1].Length != 0 || Array.IndexOf(lines, "") != lines.Length - 1)
        {
            fault = new Fault(FaultCode.CheckpointLines, "a checkpoint has three or more lines, none of them empty");
            return false;
        }

        if (!PlainDecimal.TryParse(lines[1], out var size))
        {
            fault = new Fault(FaultCode.CheckpointSize, "the tree size is not a plain decimal number below 2^63");
            return false;
        }

        if (!TreeHash.TryParseBase64(lines[2], out var root))
        {
            fault = new Fault(FaultCode.CheckpointRoot, "the root hash is not 32 bytes of base64");
            return false;
        }

        if (size == 0 && root != TreeHasher.EmptyRoot)
        {
            fault = new Fault(FaultCode.CheckpointEmptyRoot, "size 0 with a root that is not that of the empty tree");
            return false;
        }

        checkpoint = new Checkpoint(lines[0], size, root, lines[3..^1]);
        return true;
    }

    /// <summary>The text that is signed.</summary>
    public string ToText()
    {
        var text = new StringBuilder().Append(Origin).Append('\n')
            .Append(PlainDecimal.Format(Size)).Append('\n')
            .Append(Root.ToBase64()).Append('\n');
        foreach (var line in Extensions)
        {
            text.Append(line).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Signs it with each signer, in order.</summary>
    public SignedNote Sign(IEnumerable<ICheckpointSigner> signers, DateTimeOffset time) =>
        new(ToText(), [.. signers.Select(signer => signer.Sign(this, time))]);
}
