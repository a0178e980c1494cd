using System.CommandLine;
using Bailiwick.Models.Catalogue;
using Bailiwick.Models.Weights;

namespace Bailiwick.Cli.Verbs;

/// <summary>The border of the process for these verbs: a refusal becomes one sentence on stderr and exit code
/// 1.</summary>
internal static class ModelsBorder
{
    /// <summary>Exit code of a refusal.</summary>
    public const int Refused = 1;

    public static async Task<int> RunAsync(ParseResult parsed, Func<Task<int>> verb)
    {
        try
        {
            return await verb();
        }
        catch (BadModelException refusal)
        {
            return Say(parsed, refusal.Message);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return Say(parsed, failure.Message);
        }
        catch (OperationCanceledException)
        {
            return Say(parsed, "Cancelled; nothing was changed");
        }
    }

    /// <summary>Runs a verb on the build that the command line names.</summary>
    public static Task<int> WithBuildAsync(ParseResult parsed, ModelStore store, string reference, Func<BuildRecord, int> verb) =>
        RunAsync(parsed, () => Task.FromResult(
            store.TryResolve(reference, out var build, out var sentence) ? verb(build!) : Say(parsed, sentence)));

    private static int Say(ParseResult parsed, string sentence)
    {
        parsed.InvocationConfiguration.Error.WriteLine(sentence.EndsWith('.') ? sentence : sentence + ".");
        return Refused;
    }
}
