using System.Text;
using Bailiwick.Evidence;
using Bailiwick.Silo.Audit;
using Bailiwick.Tests.Evidence;

namespace Bailiwick.Tests.Silo;

/// <summary>What a spool gives back after a process, or a machine, ended in the middle of a line.</summary>
public sealed class SpoolTests : IDisposable
{
    private static readonly AuditRecord[] Records = [.. new SampleRecords(3).Take(6).Select(AuditRecord.Of)];

    private readonly string _folder = Directory.CreateTempSubdirectory("bailiwick-spool-").FullName;

    private string Lines => Path.Combine(_folder, "records");

    [Fact]
    public void Records_Appended_ComeBackInOrderWithTheirBytes()
    {
        var spool = Opened();
        spool.Append(Records[..2]);
        spool.Append(Records[2..]);
        Assert.Equal(6, spool.Count);
        var (found, damaged) = new Spool(_folder).Open();
        Assert.Equal(0, damaged);
        Assert.Equal(Records.Select(record => record.Hash), found.Select(record => record.Hash));
        Assert.All(found.Zip(Records), pair => Assert.Equal(pair.Second.Bytes, pair.First.Bytes));
    }

    [Fact]
    public void Tail_TornAtAnyByte_IsCutAndTheNextRecordIsWhole()
    {
        Opened().Append(Records[..3]);
        var whole = File.ReadAllBytes(Lines);
        var third = Array.LastIndexOf(whole, (byte)'\n', whole.Length - 2) + 1;
        foreach (var length in Enumerable.Range(third, whole.Length - third))
        {
            File.WriteAllBytes(Lines, whole[..length]);
            var spool = new Spool(_folder);
            var (found, damaged) = spool.Open();
            Assert.Equal((2, 0), (found.Count, damaged));
            spool.Append([Records[3]]);
            Assert.Equal(
                [Records[0].Hash, Records[1].Hash, Records[3].Hash], new Spool(_folder).Open().Records.Select(record => record.Hash));
        }
    }

    [Fact]
    public void Line_Damaged_IsPutAsideAndTheOthersStay()
    {
        Opened().Append(Records[..3]);
        var text = File.ReadAllText(Lines);
        File.WriteAllText(Lines, text.Replace("\"schema\":1", "\"schema\":2", StringComparison.Ordinal).Insert(0, "nonsense\n"));
        var (found, damaged) = new Spool(_folder).Open();
        Assert.Empty(found);
        Assert.Equal(4, damaged);
        Assert.Equal(4, File.ReadAllLines(Lines + ".damaged").Length);
        Assert.Equal(0, new FileInfo(Lines).Length);
    }

    [Fact]
    public void Spool_Cleared_IsEmptyAndTakesMore()
    {
        var spool = Opened();
        spool.Append(Records);
        spool.Clear();
        Assert.Equal(0, spool.Count);
        spool.Append([Records[0]]);
        Assert.Equal(Records[0].Hash, Assert.Single(new Spool(_folder).Open().Records).Hash);
    }

    [Fact]
    public void Record_BehindAnother_KeepsAllButItsPrevious()
    {
        var previous = TreeHasher.Leaf(Encoding.ASCII.GetBytes("x"));
        var moved = Records[0].After(previous);
        Assert.Equal(previous, moved.Leaf.Origin.Previous);
        Assert.Equal(Records[0].Leaf, moved.Leaf with { Origin = Records[0].Leaf.Origin });
        Assert.Same(Records[0], Records[0].After(Records[0].Leaf.Origin.Previous));
        Assert.Equal(TreeHasher.Leaf(moved.Bytes), moved.Hash);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Spool Opened()
    {
        var spool = new Spool(_folder);
        Assert.Empty(spool.Open().Records);
        return spool;
    }
}
