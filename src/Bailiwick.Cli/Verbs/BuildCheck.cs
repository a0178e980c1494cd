using Bailiwick.Models.Weights;
using Bailiwick.Protocol.Decoder;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bailiwick.Cli.Verbs;

/// <summary>
/// The check of an imported build's tokenizer and chat template. Both are untrusted, so they are loaded in a decoder
/// process: without network, with bounded memory and time.
/// </summary>
internal static class BuildCheck
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>Throws <see cref="BadModelException"/> to refuse the build in <paramref name="folder"/>; prints warnings to stderr.</summary>
    public static async Task RunAsync(string folder, CancellationToken cancel)
    {
        var verdict = await DecoderCheck.RunAsync(folder, null, isolate: true, Limit, TimeProvider.System, NullLogger.Instance, cancel);
        foreach (var warning in verdict.Warnings) await Console.Error.WriteLineAsync($"warning: {warning}");
        if (!verdict.Accepted) throw new BadModelException(Path.GetFileName(folder), verdict.Problem ?? "was refused without a reason");
    }
}
