using System.Text.Json;
using Bailiwick.Text;
using Bailiwick.Text.Templates;
using Bailiwick.Text.ToolCalls;

namespace Bailiwick.Tests.Text.ToolCalls;

/// <summary>What published templates write of calls, read back by the format that their text tells.</summary>
[Trait("Category", "Reference")]
public sealed class PublishedCallTests
{
    private const string Tools = """
        [{"type":"function","function":{"name":"get_weather","description":"Weather","parameters":{"type":"object","properties":
        {"city":{"type":"string","description":"c"},"days":{"type":"integer","description":"d"}},"required":["city"]}}},
        {"type":"function","function":{"name":"now","description":"Time","parameters":{"type":"object","properties":{}}}}]
        """;

    private static readonly (string Template, string Format, bool ReadsBack)[] Expected =
    [
        ("Qwen-Qwen2.5-7B-Instruct", "hermes", true),
        ("Qwen-Qwen3-0.6B", "hermes", true),
        ("Qwen3-Coder", "qwen-coder", true),
        ("ibm-granite-granite-4.0", "hermes", true),
        ("meta-llama-Llama-3.1-8B-Instruct", "llama", true),
        ("meta-llama-Llama-3.2-3B-Instruct", "llama", true),
        ("mistralai-Mistral-Nemo-Instruct-2407", "mistral-list", true),
        ("vllm-mistral", "mistral-list", true),
        ("Mistral-Small-3.2-24B-Instruct-2506", "mistral-named", true),
        ("CohereForAI-c4ai-command-r7b-12-2024-tool_use", "command-action", true),
        ("CohereForAI-c4ai-command-r-plus-tool_use", "command-list", true),
        ("deepseek-ai-DeepSeek-R1-Distill-Qwen-32B", "guided", false),
        ("deepseek-ai-DeepSeek-V3.1", "guided", false),
        ("vllm-deepseekv3", "deepseek-v3", true),
        ("openai-gpt-oss-120b", "harmony", true),
        ("vllm-llama4_pythonic", "pythonic", true),
        // Its template leaves out the comma between two arguments.
        ("vllm-gemma3_pythonic", "pythonic", false),
        ("vllm-olmo3", "pythonic-tags", true),
        ("google-gemma-4-31B-it", "gemma", true),
        ("ibm-granite-granite-3.3-2B-Instruct", "granite", false),
        ("vllm-phi4_mini", "phi", false),
        ("SmolLM2-135M-Instruct", "guided", false),
        ("HuggingFaceTB-SmolLM3-3B", "guided", false),
        ("microsoft-Phi-3.5-mini-instruct", "guided", false),
        ("google-gemma-2-2b-it", "guided", false),
        ("chat_templates-mistral-instruct", "guided", false),
    ];

    [VectorsFact]
    public void Calls_ThatPublishedTemplatesWrite_AreReadBack()
    {
        var faults = string.Join('\n', Expected.Select(entry => Fault(entry.Template, entry.Format, entry.ReadsBack)).OfType<string>());

        Assert.True(faults.Length == 0, faults);
    }

    private static string? Fault(string template, string format, bool readsBack)
    {
        var source = File.ReadAllText(Path.Combine(Repository.Vectors!, "chat-templates", template + ".jinja"));
        var parsed = ChatTemplate.Parse(source);
        var tools = new ModelTools(parsed, source, "<s>", "</s>", _ => null, () => throw new InvalidOperationException());
        if (tools.Format != format)
        {
            return $"{template}: {tools.Format}";
        }

        // Every conversation with calls and results can be written, whatever the template knows of them.
        var history = Render(tools, parsed, withAnswer: true);
        if (!history.Contains("Zürich", StringComparison.Ordinal) || !history.Contains("sunny", StringComparison.Ordinal))
        {
            return $"{template}: {history}";
        }

        if (!readsBack)
        {
            return null;
        }

        var own = CallFormats.All.Single(other => other.Name == format);
        var start = Render(tools, parsed, withAnswer: false);
        var answer = AnswerIn(history, start);
        var read = CallSample.Read(own, [answer], markersAreTokens: false);

        return read.Calls is [("get_weather", var arguments), ..] && arguments.Contains("Zürich", StringComparison.Ordinal)
            && JsonDocument.Parse(arguments).RootElement.ValueKind == JsonValueKind.Object
            ? null
            : $"{template}: {answer} was read as {read.Described}";
    }

    /// <summary>What stands behind the part that both renderings share: the answer, and what follows it.</summary>
    private static string AnswerIn(string history, string start)
    {
        var shared = history.Zip(start).TakeWhile(pair => pair.First == pair.Second).Count();
        var at = history[..shared].LastIndexOfAny(['\n', '>', ']']) + 1;
        return history[at..];
    }

    private static string Render(ModelTools tools, ChatTemplate template, bool withAnswer)
    {
        const string question = """{"role":"user","content":"How is it?"}""";
        const string answer = """
            {"role":"assistant","content":"","tool_calls":[{"id":"call_0_0","type":"function","function":{"name":"get_weather","arguments":"{\"city\": \"Zürich\", \"days\": 2}"}}]},
            {"role":"tool","content":"sunny","tool_call_id":"call_0_0"}
            """;
        return template.Render(tools.Prepare(new TemplateContext
        {
            MessagesJson = withAnswer ? $"[{question},{answer}]" : $"[{question}]",
            ToolsJson = Tools,
            BosToken = "<s>",
            EosToken = "</s>",
            AddGenerationPrompt = true,
            Now = DateTimeOffset.UnixEpoch,
        })).Text;
    }
}
