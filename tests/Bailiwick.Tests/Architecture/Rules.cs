namespace Bailiwick.Tests.Architecture;

internal static class Rules
{
    /// <summary>Fails with every violation, whole, one a line.</summary>
    public static void Hold(IEnumerable<string> violations)
    {
        var found = violations.ToList();
        Assert.True(found.Count == 0, string.Join('\n', found));
    }
}
