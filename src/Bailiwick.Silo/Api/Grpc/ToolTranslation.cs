using System.Text.Json;
using Bailiwick.Protocol;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Protocol.Inference.V1;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.Grpc;

/// <summary>Functions of a request of the public protocol. Pure.</summary>
internal static class ToolTranslation
{
    private static readonly JsonDocumentOptions Bounds = new() { MaxDepth = 60, AllowDuplicateProperties = false };

    /// <summary>Puts the functions into the turn.</summary>
    /// <param name="request">As read from the wire.</param>
    /// <param name="submit">With a chat.</param>
    /// <param name="messages">Canonical JSON of the messages.</param>
    /// <returns>What the record commits to; null with a refusal.</returns>
    public static (byte[]? Prompt, Refusal? Refusal) Apply(ChatRequest request, Submit submit, byte[] messages)
    {
        var choice = request.ToolChoice?.KindCase == ToolChoice.KindOneofCase.Name
            ? Tools.Types.Choice.Named
            : request.ToolChoice?.Mode switch
            {
                ToolMode.None => Tools.Types.Choice.None,
                ToolMode.Required => Tools.Types.Choice.Required,
                _ => Tools.Types.Choice.Auto,
            };
        var tools = new ToolSet();
        for (var i = 0; i < request.Tools.Count; i++)
        {
            if (Add(tools, request.Tools[i]) is var (field, fault))
            {
                return (null, Invalid($"tools[{i}].{field}", fault));
            }
        }

        if (choice == Tools.Types.Choice.None)
        {
            return (messages, null);
        }

        var name = request.ToolChoice?.Name ?? "";
        if (tools.IsEmpty)
        {
            return choice == Tools.Types.Choice.Auto
                ? (messages, null)
                : (null, Invalid("tool_choice", "asks for a call, but tools names no function"));
        }

        if (choice == Tools.Types.Choice.Named && !tools.Has(name))
        {
            return (null, Invalid("tool_choice", "names a function that tools does not have"));
        }

        tools.Apply(submit, choice, name, !request.HasParallelToolCalls || request.ParallelToolCalls);
        return (tools.Prompt(messages), null);
    }

    /// <summary>What is wrong with a message's calls; null where nothing is.</summary>
    public static Refusal? MessageFault(Message message, string path)
    {
        if (message.Role == "tool" && message.ToolCallId.Length == 0)
        {
            return Invalid($"{path}.tool_call_id", "is missing: a message of role tool answers a call");
        }

        if (message.ToolCalls.Count > 0 && message.Role != "assistant")
        {
            return Invalid($"{path}.tool_calls", "stands in messages of role assistant only");
        }

        for (var i = 0; i < message.ToolCalls.Count; i++)
        {
            var call = message.ToolCalls[i];
            if (!ToolSet.IsName(call.Name))
            {
                return Invalid($"{path}.tool_calls[{i}].name", "is no name that a function can have");
            }

            if ((Translation.TextFault(call.ArgumentsJson, $"{path}.tool_calls[{i}].arguments_json")
                ?? Translation.TextFault(call.Id, $"{path}.tool_calls[{i}].id")) is { } fault)
            {
                return fault;
            }
        }

        return Translation.TextFault(message.ToolCallId, $"{path}.tool_call_id");
    }

    private static (string Field, string Fault)? Add(ToolSet tools, Tool tool)
    {
        if (Translation.TextFault(tool.Description, "description") is not null)
        {
            return ("description", "is not Unicode text");
        }

        if (tool.ParametersJson.Length == 0)
        {
            return tools.Add(tool.Name, Description(tool), null, tool.Strict);
        }

        try
        {
            using var schema = JsonDocument.Parse(tool.ParametersJson, Bounds);
            return tools.Add(tool.Name, Description(tool), schema.RootElement, tool.Strict) is var (field, fault)
                ? (field == "parameters" ? "parameters_json" : field, fault)
                : null;
        }
        catch (JsonException)
        {
            return ("parameters_json", $"is not JSON of at most {Bounds.MaxDepth} levels without duplicate keys");
        }
    }

    private static string? Description(Tool tool) => tool.Description.Length == 0 ? null : tool.Description;

    private static Refusal Invalid(string field, string what) => new(Errors.Invalid, $"The field {field} {what}.") { Field = field };
}
