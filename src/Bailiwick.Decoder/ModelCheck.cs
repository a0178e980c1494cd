using System.Text.Json;
using Bailiwick.Decoder.GenAi;
using Bailiwick.Decoder.Loop;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Decoder;

/// <summary>
/// Loads what is text of a model folder (configuration, tokenizer, template) and nothing native: the check of an import,
/// in a process without network, so that a hostile file meets walls.
/// </summary>
internal static class ModelCheck
{
    /// <summary>Prints one line of JSON; the exit code says the same.</summary>
    public static int Run(string folder, Isolation isolation, bool allowUnisolated, TextWriter output)
    {
        var verdict = Sandbox.Refusal(isolation, allowUnisolated) is { } refusal
            ? new DecoderVerdict(false, refusal, false, [])
            : Check(folder);
        output.WriteLine(JsonSerializer.Serialize(verdict, DecoderVerdict.Json));
        return verdict.Accepted ? ExitCode.Success : ExitCode.Refused;
    }

    private static DecoderVerdict Check(string folder)
    {
        try
        {
            var text = ModelFolderText.Load(GenAiFolder.Read(folder).Directory);
            return new DecoderVerdict(true, null, text.HasChatTemplate, text.Warnings);
        }
        catch (DecoderProblemException problem)
        {
            return new DecoderVerdict(false, problem.Problem.Sentence, false, []);
        }
    }
}
