using System.CommandLine;
using Bailiwick.Models.Catalogue;

namespace Bailiwick.Cli.Verbs;

/// <summary>`bailiwick models list`.</summary>
internal static class ModelsList
{
    private const string Help = """
        List the builds in the store; '*' marks the build that a name means now.

        Examples:
          bailiwick models list
          bailiwick models list --store /srv/models --output json

        Exit codes: 0 listed, 1 refused, 2 wrong usage.
        """;

    public static Command Create()
    {
        var store = ModelsOptions.Store();
        var output = ModelsOptions.Output();
        var command = new Command("list", Help) { store, output };
        command.SetAction((parsed, _) => ModelsBorder.RunAsync(parsed, () =>
        {
            var models = ModelsOptions.StoreOf(parsed, store);
            var builds = models.List();
            if (ModelsOptions.IsJson(parsed, output)) ModelsOptions.WriteJson(parsed, builds.Select(build => Row(models, build)));
            else WriteTable(parsed.InvocationConfiguration.Output, models, builds);
            return Task.FromResult(0);
        }));
        return command;
    }

    private sealed record BuildRow(string Name, string Digest, bool Current, string Form, int ContextTokens, long Bytes, string Folder);

    private static BuildRow Row(ModelStore models, BuildRecord build) => new(
        build.Name, build.Digest, models.IsCurrent(build), build.Form, build.ContextTokens, build.Files.Sum(file => file.Bytes), models.Folder(build));

    private static void WriteTable(TextWriter writer, ModelStore models, IReadOnlyList<BuildRecord> builds)
    {
        if (builds.Count == 0)
        {
            writer.WriteLine($"No builds in {models.Root}. Import one with 'bailiwick models import PATH'.");
            return;
        }

        var width = builds.Max(build => build.Name.Length);
        foreach (var row in builds.Select(build => Row(models, build)))
        {
            writer.WriteLine(
                $"{(row.Current ? '*' : ' ')} {row.Name.PadRight(width)}  {row.Digest[..12]}  {row.Form,-10}  "
                + $"{row.ContextTokens,8} tokens  {row.Bytes / 1e6,9:F1} MB");
        }
    }
}
