using System.Text.Json;
using Bailiwick.Text.Templates;

namespace Bailiwick.Tests.Text.Templates;

/// <summary>A case of a published template or of the forgery fixture: a context, and the text or the error it gives.</summary>
internal sealed record TemplateCase(string Template, string Name, JsonElement Json)
{
    /// <summary>What strftime_now returns in all fixtures.</summary>
    public static readonly DateTimeOffset Now = new(2026, 11, 24, 0, 0, 0, TimeSpan.Zero);

    private static readonly string[] OwnFields = ["messages", "tools", "documents", "add_generation_prompt", "bos_token", "eos_token"];

    public bool IsPythonOnly => Json.TryGetProperty("python_only", out _);

    public string? Text(string name) => Json.TryGetProperty(name, out var value) ? value.GetString() : null;

    public TemplateContext Context() => ContextOf(Json.GetProperty("context"));

    public static TemplateContext ContextOf(JsonElement context)
    {
        string? Raw(string name) => context.TryGetProperty(name, out var value) ? value.GetRawText() : null;
        var variables = context.EnumerateObject().Where(field => !OwnFields.Contains(field.Name));
        return new TemplateContext
        {
            MessagesJson = Raw("messages")!,
            ToolsJson = Raw("tools"),
            DocumentsJson = Raw("documents"),
            AddGenerationPrompt = context.GetProperty("add_generation_prompt").GetBoolean(),
            BosToken = context.GetProperty("bos_token").GetString()!,
            EosToken = context.GetProperty("eos_token").GetString()!,
            VariablesJson = "{" + string.Join(",", variables.Select(field => JsonSerializer.Serialize(field.Name) + ":" + field.Value.GetRawText())) + "}",
            Now = Now,
        };
    }

    /// <summary>What is wrong with the rendering, or null.</summary>
    public string? Difference(ChatTemplate template, TemplateLimits? limits = null)
    {
        try
        {
            var text = template.Render(Context(), limits).Text;
            var expected = Text("expected") ?? Text("expected_text");
            return expected is null ? $"{Template}/{Name}: no error" : text == expected ? null
                : $"{Template}/{Name}: differs at {CommonPrefix(text, expected)} of {expected.Length}";
        }
        catch (TemplateRaisedException raised)
        {
            return raised.Message == Text("expected_error") ? null : $"{Template}/{Name}: raised {raised.Message}";
        }
        catch (TemplateRenderException error)
        {
            return Text("error_kind") == "runtime" ? null : $"{Template}/{Name}: {error.Message}";
        }
    }

    private static int CommonPrefix(string a, string b) => a.Zip(b).TakeWhile(pair => pair.First == pair.Second).Count();
}
