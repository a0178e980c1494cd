using System.Text.Json;

namespace Bailiwick.Text.Tokens;

/// <summary>What tokenizer_config.json says of the texts at the borders and of the chat template.</summary>
/// <param name="BosToken">The text that begins a prompt, or null.</param>
/// <param name="EosToken">The text that ends an answer, or null.</param>
/// <param name="ChatTemplate">The template, of several the one named default, or null.</param>
internal sealed record TokenizerConfig(string? BosToken, string? EosToken, string? ChatTemplate)
{
    public static readonly TokenizerConfig Empty = new(null, null, null);

    private const int LargestFile = 16 << 20;

    public static TokenizerConfig Parse(ReadOnlyMemory<byte> json)
    {
        using var document = TokenizerDefinition.ParseJson(json, LargestFile, "tokenizer_config.json");
        var root = new JsonValue(document.RootElement, "");
        return new TokenizerConfig(
            root.Find("bos_token") is { } bos ? Token(bos) : null,
            root.Find("eos_token") is { } eos ? Token(eos) : null,
            root.Find("chat_template") is { } template ? Template(template) : null);
    }

    /// <summary>A token is a text, or an object that holds it.</summary>
    private static string Token(JsonValue value) =>
        value.Kind == JsonValueKind.Object ? value.Get("content").Text() : value.Text();

    private static string? Template(JsonValue value)
    {
        if (value.Kind != JsonValueKind.Array)
        {
            return value.Text();
        }

        foreach (var item in value.Items())
        {
            if (item.Get("name").Text() == "default")
            {
                return item.Get("template").Text();
            }
        }

        return null;
    }
}
