using System.Text.Json;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.OpenAi;

/// <summary>`tools`, `tool_choice` and `parallel_tool_calls` of /v1/chat/completions: functions only.</summary>
internal static class RequestTools
{
    private const string Choice = "tool_choice";

    /// <summary>Reads the functions into the turn.</summary>
    /// <param name="request">Keeps the first fault.</param>
    /// <param name="submit">With a chat; gets the functions, unless the model may call none.</param>
    /// <returns>The functions that the model is told of; empty where there are none.</returns>
    public static ToolSet Read(RequestFields request, Submit submit)
    {
        var (choice, name) = ReadChoice(request);
        var tools = ReadTools(request);
        var parallel = request.Flag("parallel_tool_calls") ?? true;
        if (choice == Tools.Types.Choice.None)
        {
            return new ToolSet();
        }

        if (tools.IsEmpty)
        {
            if (choice != Tools.Types.Choice.Auto)
            {
                request.Refuse(Choice, "asks for a call, but tools names no function");
            }
        }
        else if (choice == Tools.Types.Choice.Named && !tools.Has(name))
        {
            request.Refuse(Choice, "names a function that tools does not have");
        }
        else if (request.Fault is null)
        {
            tools.Apply(submit, choice, name, parallel);
        }

        return tools;
    }

    private static ToolSet ReadTools(RequestFields request)
    {
        const string Field = "tools";
        var tools = new ToolSet();
        switch (request.Any(Field))
        {
            case null:
                return tools;
            case { ValueKind: JsonValueKind.Array } list when list.GetArrayLength() <= ToolSet.Most:
                var index = 0;
                foreach (var tool in list.EnumerateArray())
                {
                    Add(request, tools, tool, $"{Field}[{index++}]");
                }

                return tools;
            default:
                request.Refuse(Field, $"must be an array of at most {ToolSet.Most} functions");
                return tools;
        }
    }

    private static void Add(RequestFields request, ToolSet tools, JsonElement tool, string path)
    {
        if (tool.ValueKind != JsonValueKind.Object)
        {
            request.Refuse(path, "must be an object");
            return;
        }

        var fields = request.Item(tool, path);
        var type = fields.Required("type");
        if (type.Length > 0 && type != "function")
        {
            fields.Unsupported("type", "is none that this cluster serves: only function is");
            return;
        }

        var function = fields.Object("function");
        if (function is null)
        {
            fields.Refuse("function", "is missing");
            return;
        }

        if (tools.Add(function.Required("name"), function.Text("description"), function.Any("parameters"), function.Flag("strict") ?? false)
            is var (field, fault))
        {
            function.Refuse(field, fault);
        }
    }

    private static (Tools.Types.Choice Choice, string Name) ReadChoice(RequestFields request)
    {
        switch (request.Any(Choice))
        {
            case null:
                return (Tools.Types.Choice.Auto, "");
            case { ValueKind: JsonValueKind.String } word:
                return (Word(request, word), "");
            case { ValueKind: JsonValueKind.Object }:
                return (Tools.Types.Choice.Named, Name(request.Object(Choice)!));
            default:
                request.Refuse(Choice, "must be none, auto, required or a function's name in an object");
                return (Tools.Types.Choice.Auto, "");
        }
    }

    private static Tools.Types.Choice Word(RequestFields request, JsonElement word)
    {
        if (word.ValueEquals("none"))
        {
            return Tools.Types.Choice.None;
        }

        if (word.ValueEquals("required"))
        {
            return Tools.Types.Choice.Required;
        }

        if (!word.ValueEquals("auto"))
        {
            request.Refuse(Choice, "must be none, auto, required or a function's name in an object");
        }

        return Tools.Types.Choice.Auto;
    }

    private static string Name(RequestFields choice)
    {
        if (choice.Required("type") is { Length: > 0 } type && type != "function")
        {
            choice.Unsupported("type", "is none that this cluster serves: only function is");
        }

        var function = choice.Object("function");
        if (function is null)
        {
            choice.Refuse("function", "is missing");
        }

        return function?.Required("name") ?? "";
    }
}
