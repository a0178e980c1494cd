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
    private readonly ToolSet _functions = new();
    private readonly Dictionary<string, CallName> _names = new(StringComparer.Ordinal);
    private readonly List<JsonElement> _offered = [];
    private HashSet<string>? _allowed;

    private ResponseTools(RequestFields request) => _request = request;

    /// <summary>Functions of namespaces, by the name that the model knows.</summary>
    public IReadOnlyDictionary<string, CallName> Names => _names;

    /// <summary>What the model is told of; empty where it may call nothing.</summary>
    public ToolSet Told { get; private set; } = new();

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
        if (tools.Choice.Choice is not Tools.Types.Choice.None)
        {
            tools.Told = tools._allowed is { } allowed ? tools._functions.Only(allowed) : tools._functions;
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
        var name = new CallName(ns, tool.Required("name"));
        if (_functions.Add(name.Joined, tool.Text("description"), tool.Any("parameters"), tool.Flag("strict") ?? false) is var (field, fault))
        {
            tool.Refuse(field, fault);
        }
        else if (ns is not null)
        {
            _names.Add(name.Joined, name);
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
                if (!_functions.Has(name))
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

        _allowed = new HashSet<string>(StringComparer.Ordinal);
        var place = 0;
        foreach (var entry in list.EnumerateArray())
        {
            if (Item(choice, entry, $"{Field}[{place++}]") is not { } tool)
            {
                return;
            }

            _allowed.Add(new CallName(tool.Text("namespace"), tool.Required("name")).Joined);
        }

        if (!_allowed.Any(_functions.Has))
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
                if (_functions.IsEmpty)
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
}
