using System.Text.Json;
using System.Text.Json.Nodes;
using Bailiwick.Text;
using Bailiwick.Text.Tokens;
using Bailiwick.Tests.Text.Templates;

namespace Bailiwick.Tests.Text.Tokens;

/// <summary>A template of a forgery fixture with its tokens and its cases.</summary>
internal sealed record ForgeryTemplate(string Name, string Source, JsonElement Tokens, IReadOnlyList<JsonElement> Cases)
{
    /// <summary>The added tokens, under ids behind those of the default model. Published lists do not say what is special.</summary>
    public IReadOnlyList<AddedToken> Added => [.. Tokens.EnumerateArray().Select((token, index) => new AddedToken(
        Tokenizers.SmolLm2.VocabularySize + index,
        token.GetProperty("text").GetString()!,
        Special: token.TryGetProperty("special", out var special) ? special.GetBoolean() : token.GetProperty("control").GetBoolean()))];

    public IEnumerable<string> ControlTexts => Tokens.EnumerateArray()
        .Where(token => token.GetProperty("control").GetBoolean())
        .Select(token => token.GetProperty("text").GetString()!);

    public static string OwnFile => Repository.Fixture("text", "forgery.json");

    public static IEnumerable<string> PublishedFiles => [OwnFile, PublishedFile("forgery.json")];

    /// <summary>The templates whose source is in the file, or (published ones) those whose source lies beside the vectors.</summary>
    public static IEnumerable<ForgeryTemplate> Read(string file, bool published)
    {
        var fixture = Tokenizers.Json(file);
        foreach (var template in fixture.GetProperty("templates").EnumerateObject())
        {
            if (template.Value.TryGetProperty("file", out var name) == published)
            {
                var source = published
                    ? File.ReadAllText(PublishedFile(name.GetString()!))
                    : template.Value.GetProperty("source").GetString()!;
                yield return new ForgeryTemplate(
                    template.Name,
                    source,
                    template.Value.GetProperty("tokens"),
                    [.. fixture.GetProperty("cases").EnumerateArray().Where(c => c.GetProperty("template").GetString() == template.Name)]);
            }
        }
    }

    public ControlSet Controls(JsonElement context) => ControlSet.Choose(
        Added, Source, [context.GetProperty("bos_token").GetString()!, context.GetProperty("eos_token").GetString()!]);

    /// <summary>The default model's tokenizer with the tokens of this template.</summary>
    public ModelText Model()
    {
        var json = JsonNode.Parse(File.ReadAllBytes(Repository.Fixture("smollm2-135m-instruct", "tokenizer.json")))!;
        var list = json["added_tokens"]!.AsArray();
        var present = list.Select(token => token!["content"]!.GetValue<string>()).ToHashSet();
        foreach (var token in Added.Where(token => !present.Contains(token.Content)))
        {
            list.Add(new JsonObject { ["id"] = token.Id, ["content"] = token.Content, ["special"] = token.Special });
        }

        return ModelText.Load(JsonSerializer.SerializeToUtf8Bytes(json), chatTemplate: Source);
    }

    private static string PublishedFile(string name) => Path.Combine(Repository.Vectors!, "chat-templates", name);
}
