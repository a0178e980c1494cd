using System.CommandLine;

namespace Bailiwick.Cli.Verbs;

/// <summary>`bailiwick models`: from published weights to builds in a store.</summary>
internal static class ModelsVerb
{
    public static Command Create() => new("models", "Import models in published form, list, show, verify and try builds; show what a cluster serves.")
    {
        ModelsImport.Create(),
        ModelsList.Create(),
        ModelsShow.Create(),
        ModelsVerify.Create(),
        ModelsTry.Create(),
        ModelsServed.Create(),
    };
}
