using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Bailiwick.Evidence;

/// <summary>
/// One record of the log. Its bytes are what is stored and hashed: <see cref="ToBytes"/> and
/// <see cref="TryParse"/> are exact inverses. Holds ids, integers and commitments, never text of users.
/// </summary>
/// <param name="Origin">Fields that every leaf has.</param>
public abstract record Leaf(LeafOrigin Origin)
{
    /// <summary>Most bytes of a leaf: an entry bundle writes lengths in 16 bits.</summary>
    public const int MaxBytes = EntryBundle.MaxEntry;

    /// <summary>Version of the fields, in every leaf.</summary>
    internal const long Schema = 1;

    /// <summary>What it records: its word is the field `kind`.</summary>
    public abstract LeafKind Kind { get; }

    /// <summary>Reads stored bytes: canonical form, known kind, each field present and in range, none unknown.</summary>
    public static bool TryParse(
        ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out Leaf? leaf, [NotNullWhen(false)] out Fault? fault)
    {
        leaf = null;
        if (bytes.Length > MaxBytes)
        {
            fault = new Fault(FaultCode.TooLarge, $"a leaf of more than {MaxBytes} bytes");
            return false;
        }

        if (!LeafJson.TryParse(bytes, out var fields, out fault))
        {
            return false;
        }

        var reader = new LeafReader(fields);
        var kind = reader.Name<LeafKind>("kind");
        if (reader.Number("schema") != Schema)
        {
            fault = new Fault(FaultCode.LeafField, $"is not {Schema}", "schema");
            return false;
        }

        var read = reader.Fault is null ? LeafKinds.Readers[kind](reader, LeafOrigin.Read(reader)) : null;
        fault = reader.Finish();
        leaf = fault is null ? read : null;
        return leaf is not null;
    }

    /// <summary>The canonical bytes.</summary>
    /// <exception cref="ArgumentException">A field that may not stand in a leaf: text, a number out of its range, a list of more than 1,024 ids.</exception>
    /// <exception cref="InvalidOperationException">More than 65,535 bytes.</exception>
    public byte[] ToBytes()
    {
        var fields = new LeafWriter().Name<LeafKind>("kind", Kind).Number("schema", Schema);
        Origin.Write(fields);
        Write(fields);
        var output = new ArrayBufferWriter<byte>(1024);
        LeafJson.Write(fields.ToObject(), output);
        return output.WrittenCount <= MaxBytes
            ? output.WrittenSpan.ToArray()
            : throw new InvalidOperationException($"A leaf has at most {MaxBytes} bytes.");
    }

    internal abstract void Write(LeafWriter fields);
}

/// <summary>What every leaf says about itself.</summary>
/// <param name="Time">When the writer wrote it: UTC, milliseconds.</param>
/// <param name="Silo">The silo that wrote it.</param>
/// <param name="Previous">Leaf hash of the record that this silo wrote before; null for its first. A gap shows.</param>
public sealed record LeafOrigin(DateTimeOffset Time, string Silo, TreeHash? Previous)
{
    internal static LeafOrigin Read(LeafReader fields) =>
        new(fields.Time("time"), fields.Id("silo"), fields.OptionalHash("previous"));

    internal void Write(LeafWriter fields) =>
        fields.Time("time", Time).Id("silo", Silo).Hash("previous", Previous);
}
