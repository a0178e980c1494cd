using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Bailiwick.Evidence;

/// <summary>Walks over the lines in front of a checkpoint: those of a proof file and of a request to a witness.</summary>
internal ref struct LineReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Where the next line begins.</summary>
    public int Position { get; private set; }

    /// <summary>Lines read so far.</summary>
    public int Number { get; private set; }

    /// <summary>The next line without its newline; false, and an empty text, if no whole line is left.</summary>
    public bool TryNext(out string line)
    {
        var rest = _bytes[Position..];
        var end = rest.IndexOf((byte)'\n');
        line = end < 0 ? "" : Encoding.UTF8.GetString(rest[..end]);
        Position += end + 1;
        Number += end < 0 ? 0 : 1;
        return end >= 0;
    }

    /// <summary>Hash lines up to and with the empty line that ends them.</summary>
    public bool TryReadHashes(
        int most, [NotNullWhen(true)] out IReadOnlyList<TreeHash>? hashes, [NotNullWhen(false)] out Fault? fault)
    {
        hashes = null;
        fault = null;
        var found = new List<TreeHash>();
        while (TryNext(out var line))
        {
            if (line.Length == 0)
            {
                hashes = found;
                return true;
            }

            if (found.Count == most || !TreeHash.TryParseBase64(line, out var hash))
            {
                fault = new Fault(FaultCode.ProofHash, $"not one of at most {most} hashes of 32 bytes in base64", $"line {Number}");
                return false;
            }

            found.Add(hash);
        }

        fault = new Fault(FaultCode.ProofHash, "no empty line after the hashes", $"line {Number}");
        return false;
    }
}
