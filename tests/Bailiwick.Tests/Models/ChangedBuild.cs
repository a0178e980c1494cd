using System.Text.Json.Nodes;

namespace Bailiwick.Tests.Models;

/// <summary>A copy of a build's folder that a test may change; deleted with it.</summary>
internal sealed class ChangedBuild : IDisposable
{
    internal ChangedBuild(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder))
        {
            File.Copy(file, At(System.IO.Path.GetFileName(file)));
        }
    }

    internal string Path { get; } = Directory.CreateTempSubdirectory("bailiwick-changed-").FullName;

    internal string At(string file) => System.IO.Path.Combine(Path, file);

    /// <summary>Sets a member of `model` in genai_config.json.</summary>
    internal void SetModel(string key, JsonNode value)
    {
        var config = JsonNode.Parse(File.ReadAllText(At("genai_config.json")))!;
        config["model"]![key] = value;
        File.WriteAllText(At("genai_config.json"), config.ToJsonString());
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
