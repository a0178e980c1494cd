using System.CommandLine;

namespace Bailiwick.Cli.Verbs;

/// <summary>`bailiwick models verify`.</summary>
internal static class ModelsVerify
{
    private const string Help = """
        Read every file of a build again and compare it with its digest.

        Examples:
          bailiwick models verify smollm2-135m-instruct

        Exit codes: 0 every file is as it was built, 1 one is not (stderr names it), 2 wrong usage.
        """;

    public static Command Create()
    {
        var model = ModelsOptions.Model();
        var store = ModelsOptions.Store();
        var output = ModelsOptions.Output();
        var command = new Command("verify", Help) { model, store, output };
        command.SetAction((parsed, cancel) =>
        {
            var models = ModelsOptions.StoreOf(parsed, store);
            return ModelsBorder.WithBuildAsync(parsed, models, parsed.GetRequiredValue(model), build =>
            {
                models.Verify(build, cancel);
                if (ModelsOptions.IsJson(parsed, output)) ModelsOptions.WriteJson(parsed, new { build.Name, build.Digest, Verified = true });
                else parsed.InvocationConfiguration.Output.WriteLine($"{build.Name}@{build.Digest[..12]}: {build.Files.Count} files are as they were built");
                return 0;
            });
        });
        return command;
    }
}
