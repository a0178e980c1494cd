using System.Text.Json;
using Bailiwick.Models.Weights;

namespace Bailiwick.Tests.Models.Weights;

/// <summary>The list of malformed files, and the one way in which each test of them judges a reader.</summary>
internal static class BadFiles
{
    /// <summary>Bytes that one refusal may allocate, all in all: two hundred times less than the sizes that the files
    /// claim, and enough for the buffers of the runtime.</summary>
    public const long AllocationLimit = 4 << 20;

    /// <summary>Names in INDEX.json that end so; the valid ones only where <paramref name="good"/>.</summary>
    public static IReadOnlyList<string> Named(string ending, bool good)
    {
        using var index = JsonDocument.Parse(File.ReadAllBytes(Path("INDEX.json")));
        return [.. index.RootElement.GetProperty("files").EnumerateArray()
            .Where(entry => entry.GetProperty("expect").GetString() == "accept" == good)
            .Select(entry => entry.GetProperty("file").GetString()!)
            .Where(name => name.EndsWith(ending, StringComparison.Ordinal))];
    }

    public static string Path(string name) => Repository.Fixture("families", "bad", name);

    /// <summary>Runs a reader over every bad file with this ending and gives the number of files.</summary>
    public static int AllRefused(string ending, Func<string, IDisposable> open)
    {
        using var expected = JsonDocument.Parse(File.ReadAllBytes(Path("refusals.json")));
        var words = expected.RootElement.GetProperty("refusals");
        var names = Named(ending, good: false);
        Assert.NotEmpty(names);
        foreach (var name in names)
        {
            var refusal = Refusal(() => open(Path(name)), words.GetProperty(name).GetString()!);
            Assert.StartsWith(name + ": ", refusal.Message, StringComparison.Ordinal);
        }

        return names.Count;
    }

    /// <summary>The refusal of a reader, which holds these words and allocates little on the way.</summary>
    public static BadModelException Refusal(Func<IDisposable> open, string words = "")
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var refusal = Assert.Throws<BadModelException>(() => open().Dispose());
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, AllocationLimit);
        Assert.Contains(words, refusal.Message, StringComparison.Ordinal);
        return refusal;
    }
}
