namespace Bailiwick.Cli.Verbs;

/// <summary>
/// The check of an imported build's tokenizer and chat template. Both are untrusted, so it belongs into a decoder process;
/// this is the one place where that process is plugged in.
/// </summary>
internal static class BuildCheck
{
    /// <summary>Throws <see cref="Bailiwick.Models.Weights.BadModelException"/> to refuse the build in <paramref
    /// name="folder"/>.</summary>
    public static Task RunAsync(string folder, CancellationToken cancel) => Task.CompletedTask;
}
