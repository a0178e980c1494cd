namespace Bailiwick.Tests.Evidence;

/// <summary>The pack in the fixtures is the stored form of today: leaf bytes, manifest, tiles, table and script.</summary>
public sealed class FixturePackTests
{
    [Fact]
    public async Task Pack_OfTheFixtures_IsWrittenByteForByte()
    {
        var pack = await SamplePack.CreateAsync(2026, 300, 100);
        var folder = Repository.Fixture("pack");
        if (Environment.GetEnvironmentVariable("BAILIWICK_WRITE_FIXTURES") == "1")
        {
            pack.Folder.SaveTo(folder);
        }

        var stored = Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
            .ToDictionary(path => Path.GetRelativePath(folder, path), File.ReadAllBytes);
        Assert.Equal(pack.Folder.Files.Keys, stored.Keys.Order(StringComparer.Ordinal));
        Assert.All(pack.Folder.Files, file => Assert.Equal(file.Value, stored[file.Key]));
    }
}
