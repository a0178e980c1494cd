using System.Globalization;

namespace Bailiwick.Tests;

public sealed class ScratchTests
{
    [Fact]
    public void Begin_BesideRunsThatWereKilled_RemovesTheirFoldersAndNoOther()
    {
        var parent = Scratch.Folder();
        var running = Directory.CreateDirectory(Path.Combine(parent, "1"));
        var killed = Directory.CreateDirectory(Path.Combine(parent, int.MaxValue.ToString(CultureInfo.InvariantCulture)));
        File.WriteAllText(Path.Combine(killed.FullName, "left"), "behind");

        var root = Scratch.Begin(parent);
        File.WriteAllText(Path.Combine(root, "of a run"), "whose number comes again");

        Assert.Equal(root, Scratch.Begin(parent));
        Assert.Empty(Directory.GetFileSystemEntries(root));
        Assert.Equal([running.FullName, root], Directory.GetDirectories(parent).Order());
    }
}
