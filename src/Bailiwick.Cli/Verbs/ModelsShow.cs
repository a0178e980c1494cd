using System.CommandLine;
using Bailiwick.Models.Catalogue;

namespace Bailiwick.Cli.Verbs;

/// <summary>`bailiwick models show`.</summary>
internal static class ModelsShow
{
    private const string Help = """
        Show a build: where it came from, what it consists of, what the catalogue states about the model.

        Examples:
          bailiwick models show smollm2-135m-instruct
          bailiwick models show smollm2-135m-instruct@0123456789ab --output json

        Exit codes: 0 shown, 1 refused, 2 wrong usage.
        """;

    public static Command Create()
    {
        var model = ModelsOptions.Model();
        var store = ModelsOptions.Store();
        var output = ModelsOptions.Output();
        var command = new Command("show", Help) { model, store, output };
        command.SetAction((parsed, _) =>
        {
            var models = ModelsOptions.StoreOf(parsed, store);
            return ModelsBorder.WithBuildAsync(parsed, models, parsed.GetRequiredValue(model), build =>
            {
                if (ModelsOptions.IsJson(parsed, output)) ModelsOptions.WriteJson(parsed, build);
                else Write(parsed.InvocationConfiguration.Output, models, build);
                return 0;
            });
        });
        return command;
    }

    private static void Write(TextWriter writer, ModelStore models, BuildRecord build)
    {
        writer.WriteLine($"name      {build.Name}");
        writer.WriteLine($"digest    {build.Digest}{(models.IsCurrent(build) ? "" : "  (not the build that the name means now)")}");
        writer.WriteLine($"folder    {models.Folder(build)}");
        writer.WriteLine($"context   {build.ContextTokens} tokens");
        writer.WriteLine($"built by  builder {build.Builder}, from {build.Form}");
        foreach (var file in build.Source) WriteFile(writer, "source", file);
        foreach (var file in build.Files) WriteFile(writer, "file", file);
        if (build.Entry is not { } entry)
        {
            writer.WriteLine("catalogue no entry lay beside the source");
            return;
        }

        writer.WriteLine($"aliases   {string.Join(", ", entry.Aliases)}");
        writer.WriteLine($"publisher {entry.Source.Publisher}, {entry.Source.Repository}, {entry.Source.Form}");
        writer.WriteLine($"licence   {entry.Licence.Id} ({entry.Openness}), text {entry.Licence.Sha256[..12]}");
        writer.WriteLine($"forbidden {(entry.UseRestrictions.Count == 0 ? "nothing" : string.Join(", ", entry.UseRestrictions))}");
        writer.WriteLine($"zones     {(entry.PermittedZones is { } zones ? string.Join(", ", zones) : "wherever policy allows")}");
        writer.WriteLine($"approved  {(entry.Approval is { } approval ? $"{approval.On} by {approval.By}: {approval.Note}" : "not yet")}");
    }

    private static void WriteFile(TextWriter writer, string label, FileDigest file) =>
        writer.WriteLine($"{label,-9} {file.Sha256}  {file.Bytes,12}  {file.Path}");
}
