using System.CommandLine;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bailiwick.Cli.Verbs;

/// <summary>`bailiwick models try`.</summary>
internal static class ModelsTry
{
    private const string Help = """
        Ask a model one question, in a decoder process of its own without network.

        MODEL is a name in the store, or the folder of a finished build. The answer goes to stdout, the summary to stderr.
        The same seed, prompt and build give the same answer.

        Examples:
          bailiwick models try smollm2-135m-instruct "What is the capital of France?"
          bailiwick models try smollm2-135m-instruct "Write a line about rain." --temperature 0.8 --seed 7
          bailiwick models try smollm2-135m-instruct "Name a city." --schema city.schema.json --output json

        Exit codes: 0 answered, 1 refused or failed (stderr says why), 2 wrong usage, 130 ended by Ctrl+C.
        """;

    public static Command Create()
    {
        var model = new Argument<string>("MODEL") { Description = "Name in the store, NAME@DIGEST, or a build's folder" };
        var prompt = new Argument<string>("PROMPT") { Description = "What the user says" };
        var store = ModelsOptions.Store();
        var output = ModelsOptions.Output();
        var system = new Option<string?>("--system") { Description = "System message before the prompt" };
        var seed = new Option<ulong>("--seed") { Description = "Seed of the sampling [default: 0]" };
        var temperature = new Option<float>("--temperature") { Description = "0 is greedy; up to 2 [default: 0]" };
        var tokens = new Option<int>("--max-tokens") { Description = "Longest answer in tokens", DefaultValueFactory = _ => 256 };
        var schema = new Option<FileInfo?>("--schema") { Description = "JSON schema that the answer must satisfy", HelpName = "FILE" };
        var threads = new Option<int>("--threads") { Description = "Compute threads [default: what the build says]" };
        var verbose = new Option<bool>("--verbose") { Description = "Show the decoder's log on stderr" };
        var apart = new Option<bool>("--no-isolation") { Description = "Start the decoder without a network namespace; it then refuses, unless --allow-unisolated" };
        var allowed = new Option<bool>("--allow-unisolated") { Description = "Let a decoder that is not isolated load the model" };
        OptionRange.Demand<float>(temperature, value => value is >= 0 and <= 2, "--temperature lies between 0 and 2.");
        OptionRange.Between(tokens, 1, 1 << 20);
        OptionRange.Between(threads, 1, 1024);
        OptionRange.Demand<ulong>(seed, _ => true, "--seed is a whole number, not negative.");
        var command = new Command("try", Help)
        {
            model, prompt, store, output, system, seed, temperature, tokens, schema, threads, verbose, apart, allowed,
        };
        command.SetAction((parsed, cancel) => ModelsBorder.RunAsync(parsed, async () =>
        {
            var reference = parsed.GetRequiredValue(model);
            if (!TryFind(ModelsOptions.StoreOf(parsed, store), reference, out var found, out var sentence))
            {
                return Refuse(parsed, sentence);
            }

            var options = new DecoderLinkOptions
            {
                Load = new Load
                {
                    ModelDirectory = found.Folder,
                    Threads = parsed.GetValue(threads),
                    AllowUnisolated = parsed.GetValue(allowed),
                },
                Isolate = !parsed.GetValue(apart),
            };
            ILogger logger = parsed.GetValue(verbose) ? new StderrLogger(parsed.InvocationConfiguration.Error) : NullLogger.Instance;
            await using var link = await DecoderLink.StartAsync(options, TimeProvider.System, logger, cancel);
            if (link.State is not { Phase: DecoderPhase.Ready, Ready: { } ready })
            {
                return Refuse(parsed, link.State.Loss?.Problem.Sentence ?? "The decoder did not start.");
            }

            var turn = new Submit
            {
                MaxTokens = parsed.GetValue(tokens),
                Sampling = new Sampling { Seed = parsed.GetValue(seed), Temperature = parsed.GetValue(temperature) },
            };
            TryPrompt.Fill(turn, ready.Capabilities.ChatTemplate, parsed.GetValue(system), parsed.GetRequiredValue(prompt));
            if (parsed.GetValue(schema) is { } file)
            {
                turn.Grammar = new Grammar { JsonSchema = await File.ReadAllTextAsync(file.FullName, cancel) };
            }

            var answer = new TryAnswer(parsed, ModelsOptions.IsJson(parsed, output), reference, found.Digest, ready);
            return await answer.RunAsync(link.RunAsync(turn, cancel), TimeProvider.System);
        }));
        return command;
    }

    private static bool TryFind(
        Models.Catalogue.ModelStore store, string reference, out (string Folder, string? Digest) found, out string sentence)
    {
        (found, sentence) = (default, "");
        if (File.Exists(Path.Combine(reference, "genai_config.json")))
        {
            found = (Path.GetFullPath(reference), null);
        }
        else if (store.TryResolve(reference, out var build, out sentence))
        {
            found = (store.Folder(build!), build!.Digest);
        }

        return found.Folder is not null;
    }

    private static int Refuse(ParseResult parsed, string sentence)
    {
        parsed.InvocationConfiguration.Error.WriteLine(sentence);
        return ModelsBorder.Refused;
    }
}
