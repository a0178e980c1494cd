using Bailiwick.Evidence;

namespace Bailiwick.Tests.Evidence;

public sealed class CsvTableTests
{
    [Fact]
    public void Row_OfEveryKind_HasAsManyCellsAsTheHeader()
    {
        var columns = CsvTable.Header.Split(',').Length;
        foreach (var leaf in SampleRecords.OfEachKind(full: true))
        {
            var row = CsvTable.Row(7, leaf, TreeHasher.EmptyRoot);
            Assert.Equal(columns, row.Split(',').Length);
            Assert.StartsWith("7,2026-03-02T09:30:00.125Z,", row, StringComparison.Ordinal);
            Assert.EndsWith(TreeHasher.EmptyRoot.ToHex() + "\r\n", row, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Row_IdThatASpreadsheetWouldRun_IsDefused()
    {
        var admin = SampleRecords.OfEachKind(full: true).OfType<AdminLeaf>().Single() with { Actor = "=cmd|'/c" };
        Assert.Contains(",\"'=cmd|'/c\",", CsvTable.Row(0, admin, TreeHasher.EmptyRoot), StringComparison.Ordinal);
    }

    [VectorsFact]
    [Trait("Category", "Vectors")]
    public void Cell_EveryRowOfTheVectors_IsThePublishedCell() =>
        Assert.All(
            VectorFile.Public("formats", "csv-injection.json").Items("tests"),
            row => Assert.Equal(row.Text("cell"), CsvTable.Cell(row.Text("value"))));
}
