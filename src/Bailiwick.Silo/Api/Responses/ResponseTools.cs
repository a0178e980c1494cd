using System.Buffers;
using System.Text;
using System.Text.Json;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Protocol.Receipts;
using Bailiwick.Silo.Api.OpenAi;

namespace Bailiwick.Silo.Api.Responses;

/// <summary>
/// `tools` and `tool_choice`: functions, alone or in namespaces. Web search, which agents offer unasked, is left out, and the response's
/// `tools` shows it; every other tool that would have to run here is refused.
/// </summary>
internal sealed class ResponseTools
{
    private const string Field = "tools";
    private const string ChoiceField = "tool_choice";
    private const int Most = 128;
    private const int LongestName = 64;

    private readonly RequestFields _request;
    private readonly List<Function> _functions = [];
    private readonly List<JsonElement> _offered = [];

    private ResponseTools(RequestFields request) => _request = request;

    /// <summary>Functions of namespaces, by the name that the model knows.</summary>
    public IReadOnlyDictionary<string, CallName> Names { get; private set; } = new Dictionary<string, CallName>();

    /// <summary>Functions in the form of templates, which is chat's: canonical JSON array; empty = none.</summary>
    public string Json { get; private set; } = "";

    /// <summary>How calls are read and what they must hold; null where there are no functions.</summary>
    public Tools? Tools { get; private set; }

    /// <summary>What the response repeats of `tools`.</summary>
    public IReadOnlyList<JsonElement> Offered => _offered;

    public static ResponseTools Read(RequestFields request)
    {
        var tools = new ResponseTools(request);
        tools.ReadAll();
        var choice = tools.ReadChoice();
        if (request.Fault is null && tools._functions.Count > 0)
        {
            choice.Parallel = request.Flag("parallel_tool_calls") ?? true;
            choice.Strict.Add(tools._functions.Where(function => function.Strict).Select(function => function.Name.Joined));
            tools.Tools = choice;
            tools.Json = Encoding.UTF8.GetString(tools.Written());
            tools.Names = tools._functions.Where(function => function.Name.Namespace is not null)
                .ToDictionary(function => function.Name.Joined, function => function.Name);
        }

        return tools;
    }

    private void ReadAll()
    {
        if (_request.Any(Field) is not { } list)
        {
            return;
        }

        if (list.ValueKind != JsonValueKind.Array)
        {
            _request.Refuse(Field, "must be an array");
            return;
        }

        var place = 0;
        foreach (var entry in list.EnumerateArray())
        {
            if (Item(_request, entry, $"{Field}[{place++}]") is not { } tool || !ReadTool(tool, entry))
            {
                return;
            }
        }
    }

    /// <returns>False with a fault.</returns>
    private bool ReadTool(RequestFields tool, JsonElement entry)
    {
        switch (tool.Required("type"))
        {
            case "function":
                _offered.Add(entry);
                return ReadFunction(tool, null);
            case "namespace":
                _offered.Add(entry);
                return ReadNamespace(tool);
            case "web_search" or "web_search_preview":
                return true;
            default:
                tool.Unsupported("type", "is not served: tools are functions, which the client runs");
                return false;
        }
    }

    private bool ReadNamespace(RequestFields tool)
    {
        var ns = Name(tool);
        if (tool.Any(Field) is not { ValueKind: JsonValueKind.Array } list)
        {
            tool.Refuse(Field, "must be an array");
            return false;
        }

        var place = 0;
        foreach (var entry in list.EnumerateArray())
        {
            if (Item(tool, entry, $"{Field}[{place++}]") is not { } inner)
            {
                return false;
            }

            if (inner.Required("type") != "function")
            {
                inner.Unsupported("type", "is not served: a namespace holds functions");
            }

            if (!ReadFunction(inner, ns))
            {
                return false;
            }
        }

        return _request.Fault is null;
    }

    private bool ReadFunction(RequestFields tool, string? ns)
    {
        var name = new CallName(ns, Name(tool));
        if (name.Joined.Length > LongestName || _functions.Exists(other => other.Name.Joined == name.Joined))
        {
            tool.Refuse("name", $"is that of another function, or longer than {LongestName} characters with its namespace");
        }

        _functions.Add(new Function(name, tool.Text("description"), tool.Object("parameters") is null ? null : tool.Any("parameters"), tool.Flag("strict") ?? false));
        if (_functions.Count > Most)
        {
            _request.Refuse(Field, $"must be at most {Most} functions");
        }

        return _request.Fault is null;
    }

    private Tools ReadChoice()
    {
        switch (_request.Any(ChoiceField))
        {
            case null:
                return new Tools { Choice = Tools.Types.Choice.Auto };
            case { ValueKind: JsonValueKind.String } word:
                return new Tools { Choice = Mode(word.GetString()!, ChoiceField, mayBeNone: true) };
            default:
                return _request.Object(ChoiceField) is { } choice ? ReadChoice(choice) : new Tools();
        }
    }

    private Tools ReadChoice(RequestFields choice)
    {
        switch (choice.Required("type"))
        {
            case "function":
                var name = new CallName(choice.Text("namespace"), choice.Required("name")).Joined;
                if (!_functions.Exists(function => function.Name.Joined == name))
                {
                    choice.Refuse("name", "is no function of tools");
                }

                return new Tools { Choice = Tools.Types.Choice.Named, Name = name };
            case "allowed_tools":
                var mode = Mode(choice.Required("mode"), ChoiceField + ".mode", mayBeNone: false);
                Allow(choice);
                return new Tools { Choice = mode };
            default:
                choice.Unsupported("type", "is neither function nor allowed_tools");
                return new Tools();
        }
    }

    /// <summary>What the model may not call it is not told of.</summary>
    private void Allow(RequestFields choice)
    {
        if (choice.Any(Field) is not { ValueKind: JsonValueKind.Array } list)
        {
            choice.Refuse(Field, "must be an array");
            return;
        }

        var allowed = new HashSet<string>(StringComparer.Ordinal);
        var place = 0;
        foreach (var entry in list.EnumerateArray())
        {
            if (Item(choice, entry, $"{Field}[{place++}]") is not { } tool)
            {
                return;
            }

            allowed.Add(new CallName(tool.Text("namespace"), tool.Required("name")).Joined);
        }

        _functions.RemoveAll(function => !allowed.Contains(function.Name.Joined));
        if (_functions.Count == 0)
        {
            choice.Refuse(Field, "names no function of tools");
        }
    }

    private Tools.Types.Choice Mode(string word, string field, bool mayBeNone)
    {
        switch (word)
        {
            case "auto":
                return Tools.Types.Choice.Auto;
            case "none" when mayBeNone:
                return Tools.Types.Choice.None;
            case "required":
                if (_functions.Count == 0)
                {
                    _request.Refuse(field, "is required, and tools has no function");
                }

                return Tools.Types.Choice.Required;
            default:
                _request.Refuse(field, "is none of auto, none and required");
                return Tools.Types.Choice.Auto;
        }
    }

    private static string Name(RequestFields tool)
    {
        var name = tool.Required("name");
        if (name.Length is 0 or > LongestName || !name.All(character => char.IsAsciiLetterOrDigit(character) || character is '_' or '.' or '-'))
        {
            tool.Refuse("name", $"must be 1 to {LongestName} letters, digits, '_', '.' and '-'");
        }

        return name;
    }

    private static RequestFields? Item(RequestFields owner, JsonElement entry, string path)
    {
        if (entry.ValueKind == JsonValueKind.Object)
        {
            return owner.Item(entry, path);
        }

        owner.Refuse(path, "must be an object");
        return null;
    }

    private byte[] Written()
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output, AnswerJson.Options))
        {
            json.WriteStartArray();
            foreach (var function in _functions)
            {
                json.WriteStartObject();
                json.WriteString("type"u8, "function"u8);
                json.WriteStartObject("function"u8);
                json.WriteString("name"u8, function.Name.Joined);
                if (function.Description is not null)
                {
                    json.WriteString("description"u8, function.Description);
                }

                if (function.Parameters is { } parameters)
                {
                    json.WritePropertyName("parameters"u8);
                    parameters.WriteTo(json);
                }

                json.WriteEndObject();
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        // The form of templates is two levels deeper than the request's.
        using var written = JsonDocument.Parse(output.WrittenMemory, new JsonDocumentOptions { MaxDepth = RequestJson.MaxDepth + 2 });
        return CanonicalJson.Of(written.RootElement);
    }

    private sealed record Function(CallName Name, string? Description, JsonElement? Parameters, bool Strict);
}
