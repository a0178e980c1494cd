using System.Buffers;
using System.Text;
using Bailiwick.Evidence;

namespace Bailiwick.Silo.Audit;

/// <summary>
/// Records that wait for PostgreSQL: a file of lines `HASH SPACE LEAF`, on the disk before a caller hears of them. The hash is the
/// leaf's own, so a line is whole or it is not one. One owner, not thread-safe.
/// </summary>
internal sealed class Spool
{
    private const int HashLength = 2 * TreeHash.Length;

    private readonly string _path;

    public Spool(string folder)
    {
        Directory.CreateDirectory(folder);
        _path = Path.Combine(folder, "records");
    }

    /// <summary>Records in it.</summary>
    public int Count { get; private set; }

    /// <summary>
    /// What is in it, in order. A torn last line, which nobody was told of, is cut off; lines that are damaged are put aside into
    /// `records.damaged` and counted.
    /// </summary>
    /// <exception cref="IOException">It cannot be read or repaired.</exception>
    public (IReadOnlyList<AuditRecord> Records, int Damaged) Open()
    {
        var records = new List<AuditRecord>();
        var damaged = new List<byte[]>();
        if (!File.Exists(_path))
        {
            Clear();
        }

        var rest = File.ReadAllBytes(_path).AsSpan();
        for (var end = rest.IndexOf((byte)'\n'); end >= 0; end = rest.IndexOf((byte)'\n'))
        {
            if (Parse(rest[..end]) is { } record)
            {
                records.Add(record);
            }
            else
            {
                damaged.Add(rest[..(end + 1)].ToArray());
            }

            rest = rest[(end + 1)..];
        }

        if (damaged.Count > 0)
        {
            Write(_path + ".damaged", FileMode.Append, [.. damaged.SelectMany(line => line)]);
        }

        if (damaged.Count > 0 || !rest.IsEmpty)
        {
            var next = _path + ".next";
            Write(next, FileMode.Create, Format(records));
            File.Move(next, _path, overwrite: true);
        }

        Count = records.Count;
        return (records, damaged.Count);
    }

    /// <summary>Adds records; they are on the disk when this returns.</summary>
    /// <exception cref="IOException">The disk does not take them.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder is closed to this process.</exception>
    public void Append(IReadOnlyList<AuditRecord> records)
    {
        Write(_path, FileMode.Append, Format(records));
        Count += records.Count;
    }

    /// <summary>Forgets what was sent.</summary>
    /// <exception cref="IOException">The file cannot be cut; sending it again does no harm.</exception>
    public void Clear()
    {
        Write(_path, FileMode.Create, []);
        Count = 0;
    }

    private static void Write(string path, FileMode mode, ReadOnlySpan<byte> bytes)
    {
        using var file = new FileStream(path, mode, FileAccess.Write, FileShare.Read);
        var before = file.Position;
        try
        {
            file.Write(bytes);
            file.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            // A line that nobody was told of must not stand before the next one.
            file.SetLength(before);
            throw;
        }
    }

    private static byte[] Format(IEnumerable<AuditRecord> records)
    {
        var lines = new ArrayBufferWriter<byte>();
        foreach (var record in records)
        {
            lines.Write(Encoding.ASCII.GetBytes(record.Hash.ToHex() + " "));
            lines.Write(record.Bytes);
            lines.Write("\n"u8);
        }

        return lines.WrittenSpan.ToArray();
    }

    private static AuditRecord? Parse(ReadOnlySpan<byte> line)
    {
        if (line.Length <= HashLength + 1 || line[HashLength] != ' '
            || !TreeHash.TryParseHex(Encoding.ASCII.GetString(line[..HashLength]), out var hash))
        {
            return null;
        }

        var bytes = line[(HashLength + 1)..];
        return TreeHasher.Leaf(bytes) == hash && Leaf.TryParse(bytes, out var leaf, out _) ? new AuditRecord(leaf, bytes.ToArray(), hash) : null;
    }
}
