using System.Text.Json;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Silo.Api.OpenAi;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.Responses;

/// <summary>
/// `tools` and `tool_choice`: functions, alone or in namespaces. Web search, which agents offer unasked, is left out, and the response's
/// `tools` shows it; every other tool that would have to run here is refused.
/// </summary>
internal sealed class ResponseTools
{
    private const string Field = "tools";
    private const string ChoiceField = "tool_choice";

    private readonly RequestFields _request;
    private readonly List<Function> _functions = [];
    private readonly List<JsonElement> _offered = [];

    private ResponseTools(RequestFields request) => _request = request;

    /// <summary>Functions of namespaces, by the name that the model knows.</summary>
    public IReadOnlyDictionary<string, CallName> Names { get; private set; } = new Dictionary<string, CallName>();

    /// <summary>What the model is told of; empty where it may call nothing.</summary>
    public ToolSet Told { get; } = new();

    /// <summary>How calls are read and what they must hold.</summary>
    public Tools Choice { get; private set; } = new();

    /// <summary>What the response repeats of `tools`.</summary>
    public IReadOnlyList<JsonElement> Offered => _offered;

    public static ResponseTools Read(RequestFields request)
    {
        var tools = new ResponseTools(request);
        tools.ReadAll();
        tools.Choice = tools.ReadChoice();
        tools.Choice.Parallel = request.Flag("parallel_tool_calls") ?? true;
        if (request.Fault is null && tools.Choice.Choice is not Tools.Types.Choice.None)
        {
            tools.Tell();
        }

        return tools;
    }

    private void Tell()
    {
        foreach (var function in _functions)
        {
            if (Told.Add(function.Name.Joined, function.Fields.Text("description"), function.Fields.Any("parameters"), function.Fields.Flag("strict") ?? false)
                is var (field, fault))
            {
                function.Fields.Refuse(field, fault);
                return;
            }
        }

        Names = _functions.Where(function => function.Name.Namespace is not null).ToDictionary(function => function.Name.Joined, function => function.Name);
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
        var ns = tool.Required("name");
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
        _functions.Add(new Function(new CallName(ns, tool.Required("name")), tool));
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

    private static RequestFields? Item(RequestFields owner, JsonElement entry, string path)
    {
        if (entry.ValueKind == JsonValueKind.Object)
        {
            return owner.Item(entry, path);
        }

        owner.Refuse(path, "must be an object");
        return null;
    }

    private sealed record Function(CallName Name, RequestFields Fields);
}
