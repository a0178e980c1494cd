using System.Buffers.Binary;
using Bailiwick.Protocol.Decoder;

namespace Bailiwick.Silo.Shards;

/// <summary>What a <see cref="ShardRecord"/> is. Values are on the wire: they only grow.</summary>
internal enum ShardRecordKind
{
    /// <summary>A Started, protobuf.</summary>
    Started = 2,

    /// <summary>One Token, protobuf, as the decoder wrote it.</summary>
    Token = 3,

    /// <summary>A Finished, protobuf, before which stand four bytes: the milliseconds after which to try again, 0 = none. Last.</summary>
    Finished = 4,

    /// <summary>Nothing: the silo is drained, the turn goes on elsewhere. Last.</summary>
    Leaving = 5,

    /// <summary>Nothing: this silo has no such replica (any more). Last.</summary>
    Absent = 6,

    /// <summary>Nothing: the decoder gives no sign of life, the turn goes on elsewhere. Last.</summary>
    Silent = 7,
}

/// <summary>
/// One event of one turn in a <see cref="ShardMail"/>: turn (4 bytes), kind (1), length (4), then that many bytes. Numbers are
/// little-endian. A worker neither parses nor copies a token's text more than once: it stands here as the decoder wrote it.
/// </summary>
internal readonly ref struct ShardRecord(int turn, ShardRecordKind kind, ReadOnlySpan<byte> bytes)
{
    /// <summary>Bytes before the content.</summary>
    public const int HeaderBytes = 9;

    public int Turn { get; } = turn;

    public ShardRecordKind Kind { get; } = kind;

    public ReadOnlySpan<byte> Bytes { get; } = bytes;

    /// <param name="target">Of <see cref="HeaderBytes"/> at least; the content follows.</param>
    /// <param name="turn">Number of the turn on its link.</param>
    /// <param name="kind">What the content is.</param>
    /// <param name="length">Of the content, bytes.</param>
    public static void WriteHeader(Span<byte> target, int turn, ShardRecordKind kind, int length)
    {
        BinaryPrimitives.WriteInt32LittleEndian(target, turn);
        target[4] = (byte)kind;
        BinaryPrimitives.WriteInt32LittleEndian(target[5..], length);
    }

    /// <summary>Takes the first record off.</summary>
    /// <exception cref="FrameException">The records are cut.</exception>
    public static bool TryRead(ref ReadOnlySpan<byte> records, out ShardRecord record)
    {
        record = default;
        if (records.IsEmpty)
        {
            return false;
        }

        if (records.Length < HeaderBytes
            || BinaryPrimitives.ReadInt32LittleEndian(records[5..]) is var length && (uint)length > (uint)(records.Length - HeaderBytes))
        {
            throw new FrameException("the records of a worker are cut");
        }

        record = new ShardRecord(
            BinaryPrimitives.ReadInt32LittleEndian(records), (ShardRecordKind)records[4], records.Slice(HeaderBytes, length));
        records = records[(HeaderBytes + length)..];
        return true;
    }
}
