using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Bailiwick.Text.Templates;

namespace Bailiwick.Tests.Text.Templates;

/// <summary>A forgery file: templates with their control tokens, and contexts that try to forge them.</summary>
internal sealed class ForgeryFixture
{
    /// <summary>Stands for one in the fixture; we refuse it.</summary>
    private const string LoneSurrogate = "@@D800@@";

    private readonly Dictionary<string, ChatTemplate> _templates = [];

    private ForgeryFixture(string path, Func<string, string> readTemplate)
    {
        var root = JsonDocument.Parse(File.ReadAllText(path)).RootElement;
        foreach (var template in root.GetProperty("templates").EnumerateObject())
        {
            var source = template.Value.TryGetProperty("source", out var own)
                ? own.GetString()!
                : readTemplate(template.Value.GetProperty("file").GetString()!);
            _templates.Add(template.Name, ChatTemplate.Parse(source));
            if (template.Value.TryGetProperty("source", out _))
            {
                OwnSources.Add(template.Name, source);
            }
        }

        Cases = [.. root.GetProperty("cases").EnumerateArray().Select(json =>
            new TemplateCase(json.GetProperty("template").GetString()!, json.GetProperty("name").GetString()!, json))];
    }

    public IReadOnlyList<TemplateCase> Cases { get; }

    /// <summary>The templates that the file holds itself.</summary>
    public Dictionary<string, string> OwnSources { get; } = [];

    /// <summary>Our own; the one published template in it is the default model's and is read from there.</summary>
    public static ForgeryFixture Own() => new(Repository.Fixture("text", "forgery.json"), _ => DefaultModelTemplate());

    /// <summary>Over published templates.</summary>
    public static ForgeryFixture Published()
    {
        var folder = Path.Combine(Repository.Vectors!, "chat-templates");
        return new ForgeryFixture(Path.Combine(folder, "forgery.json"), file => File.ReadAllText(Path.Combine(folder, file)));
    }

    public ChatTemplate TemplateOf(TemplateCase one) => _templates[one.Template];

    /// <summary>What is wrong with the text or with its origins, or null.</summary>
    public string? Difference(TemplateCase one)
    {
        if (one.Context().MessagesJson.Contains(LoneSurrogate, StringComparison.Ordinal))
        {
            return IsRefused(one) ? null : $"{one.Name}: a lone surrogate is not refused";
        }

        var difference = one.Difference(TemplateOf(one));
        if (difference is not null || one.Text("expected_error") is not null)
        {
            return difference;
        }

        var control = Stretches(one, "control")!;
        return Mask(one, one.Context(), control)
            ?? Mask(one, one.Context() with { TrustedReasoning = new ReasoningTags("<think>", "</think>") }, Stretches(one, "control_reasoning") ?? control);
    }

    /// <summary>The published SmolLM2 template out of the default model's file: key, type 8 (string), length, text.</summary>
    public static string DefaultModelTemplate()
    {
        var head = new byte[8 << 20];
        using var file = File.OpenRead(Repository.Model("smollm2-135m-instruct", "SmolLM2-135M-Instruct.Q4_1.gguf"));
        file.ReadExactly(head);
        var key = "tokenizer.chat_template"u8;
        var at = head.AsSpan().IndexOf(key) + key.Length + sizeof(uint);
        var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(head.AsSpan(at));
        return Encoding.UTF8.GetString(head, at + sizeof(ulong), length);
    }

    private bool IsRefused(TemplateCase one)
    {
        var context = one.Context();
        var messages = context.MessagesJson.Replace(LoneSurrogate, "\\ud800", StringComparison.Ordinal);
        return Record.Exception(() => TemplateOf(one).Render(context with { MessagesJson = messages })) is InvalidChatException;
    }

    /// <summary>All of what is control is the template's; of what plain matching would take besides, something is not.</summary>
    private string? Mask(TemplateCase one, TemplateContext context, HashSet<(int Start, int Length)> control)
    {
        var text = TemplateOf(one).Render(context);
        var lost = control.Where(stretch => !text.AllTemplate(stretch.Start, stretch.Length)).ToList();
        var forged = (Stretches(one, "naive") ?? control).Except(control).Where(stretch => text.AllTemplate(stretch.Start, stretch.Length)).ToList();
        return lost.Count + forged.Count == 0 ? null
            : $"{one.Name}: lost {string.Join(' ', lost)} forged {string.Join(' ', forged)}";
    }

    private static HashSet<(int Start, int Length)>? Stretches(TemplateCase one, string name) =>
        one.Json.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Select(entry => (entry[1].GetInt32(), entry[2].GetInt32()))]
            : null;
}
