using System.Security.Cryptography;
using System.Text;
using Bailiwick.Silo.Cluster;

namespace Bailiwick.Tests.Silo;

/// <summary>A file that ran somewhere never changes: what it should have said is said by a later file.</summary>
public sealed class SqlFilesTests
{
    private static readonly string[] Pinned = File.ReadAllLines(
        Path.Combine(Repository.Root, "tests/Bailiwick.Tests/Silo/sql-digests.txt"));

    [Fact]
    public void Files_OfThisBuild_AreThePinnedOnesInOrder() =>
        Assert.Equal(Pinned, Migrations.Files.Select(file => $"{Digest(file)}  {file}"));

    [Fact]
    public void Files_OfThisBuild_AreNumberedWithoutGap() =>
        Assert.Equal(Enumerable.Range(1, Migrations.Files.Count), Migrations.Files.Select(file => int.Parse(file[..4], System.Globalization.CultureInfo.InvariantCulture)));

    [Fact]
    public void Schema_OfThisBuild_IsAccepted() => Assert.Null(Schema.Difference(Migrations.Files.ToHashSet()));

    [Fact]
    public void Schema_OlderOrNewer_IsNamed()
    {
        Assert.Equal(
            $"the schema lacks {Migrations.Files[^1]}; run bailiwick-silo migrate.",
            Schema.Difference(Migrations.Files.SkipLast(1).ToHashSet()));
        Assert.Equal(
            "the schema has 9999-later.sql, which this build does not know; run a newer build.",
            Schema.Difference(Migrations.Files.Append("9999-later.sql").ToHashSet()));
    }

    private static string Digest(string file) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Migrations.Read(file))));
}
