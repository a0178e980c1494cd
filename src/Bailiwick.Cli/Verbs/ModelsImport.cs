using System.CommandLine;
using Bailiwick.Models.Import;
using Bailiwick.Models.Onnx;

namespace Bailiwick.Cli.Verbs;

/// <summary>`bailiwick models import`.</summary>
internal static class ModelsImport
{
    private const string Help = """
        Build a model in published form into the store.

        PATH is a .gguf file, or a folder with one, with a checkpoint (config.json, model.safetensors, tokenizer.json), or with
        a finished ONNX Runtime GenAI model. A build that is there already is reused.

        Examples:
          bailiwick models import models/smollm2-135m-instruct
          bailiwick models import /media/models/Mistral-7B-Instruct --precision int4 --context 8192
          bailiwick models import model.gguf --full-head --accuracy-level 0 --output json

        Exit codes: 0 built or reused, 1 refused, 2 wrong usage.
        """;

    public static Command Create()
    {
        var path = new Argument<string>("PATH") { Description = "File or folder in published form" };
        var store = ModelsOptions.Store();
        var output = ModelsOptions.Output();
        var precision = new Option<string?>("--precision") { Description = "Weights of a checkpoint [default: int4]" };
        precision.AcceptOnlyFromAmong("fp32", "int4");
        var accuracy = new Option<int>("--accuracy-level")
        {
            Description = "4: activations rounded to int8; 0: float activations, for references, many times slower",
            DefaultValueFactory = _ => 4,
        };
        accuracy.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: not ("0" or "4") }]) result.AddError("--accuracy-level is 0 or 4.");
        });
        var fullHead = new Option<bool>("--full-head") { Description = "Logits of every position, for scoring texts; a slower prefill" };
        var threads = Positive("--threads", "Compute threads that genai_config.json states [default: 2]", 1024);
        var context = Positive("--context", "Longest sequence in tokens [default: what the model has]", 1 << 20);
        var command = new Command("import", Help) { path, store, output, precision, accuracy, fullHead, threads, context };
        command.SetAction((parsed, cancel) => ModelsBorder.RunAsync(parsed, async () =>
        {
            var options = new ImportOptions
            {
                Precision = parsed.GetValue(precision) switch
                {
                    "fp32" => WeightPrecision.AsStored,
                    "int4" => WeightPrecision.Int4,
                    _ => null,
                },
                AccuracyLevel = parsed.GetValue(accuracy),
                PrunedHead = !parsed.GetValue(fullHead),
                Threads = parsed.GetValue(threads) ?? new ImportOptions().Threads,
                ContextTokens = parsed.GetValue(context),
            };
            var request = new ImportRequest(parsed.GetRequiredValue(path), ModelsOptions.StoreOf(parsed, store).Root, options);
            var build = await ImportDisplay.RunAsync(
                parsed.InvocationConfiguration.Error, progress => ModelImporter.ImportAsync(request, progress, BuildCheck.RunAsync, cancel));
            Report(parsed, ModelsOptions.IsJson(parsed, output), build);
            return 0;
        }));
        return command;
    }

    private static void Report(ParseResult parsed, bool json, ImportedBuild build)
    {
        if (json)
        {
            ModelsOptions.WriteJson(parsed, build);
            return;
        }

        var writer = parsed.InvocationConfiguration.Output;
        writer.WriteLine($"{build.Name}@{build.BuildDigest[..12]} {(build.Reused ? "was there already" : "is built")}");
        writer.WriteLine($"digest  {build.BuildDigest}");
        writer.WriteLine($"folder  {build.Folder}");
    }

    private static Option<int?> Positive(string name, string description, int max)
    {
        var option = new Option<int?>(name) { Description = description };
        OptionRange.Between(option, 1, max);
        return option;
    }
}
