using System.Text.Json;
using Bailiwick.Protocol.Inference.V1;
using Microsoft.Extensions.AI;

namespace Bailiwick.Client;

/// <summary>Functions, calls and results between Microsoft.Extensions.AI and the public protocol.</summary>
internal static class ChatTools
{
    private const string Strict = "strict";

    /// <summary>Puts the functions of the options into the request.</summary>
    /// <exception cref="NotSupportedException">A tool that is no function.</exception>
    public static void Apply(ChatOptions options, ChatRequest request)
    {
        foreach (var tool in options.Tools ?? [])
        {
            var function = tool as AIFunctionDeclaration
                ?? throw new NotSupportedException($"The tool {tool.GetType().Name} is not offered; only functions are.");
            request.Tools.Add(new Tool
            {
                Name = function.Name,
                Description = function.Description,
                ParametersJson = function.JsonSchema.ValueKind == JsonValueKind.Object ? function.JsonSchema.GetRawText() : "",
                Strict = function.AdditionalProperties.TryGetValue(Strict, out var strict) && strict is true,
            });
        }

        request.ToolChoice = options.ToolMode switch
        {
            null or AutoChatToolMode => null,
            NoneChatToolMode => new ToolChoice { Mode = ToolMode.None },
            RequiredChatToolMode { RequiredFunctionName: { } name } => new ToolChoice { Name = name },
            RequiredChatToolMode => new ToolChoice { Mode = ToolMode.Required },
            var other => throw new NotSupportedException($"The tool mode {other.GetType().Name} is not offered."),
        };
        if (options.AllowMultipleToolCalls is { } parallel)
        {
            request.ParallelToolCalls = parallel;
        }
    }

    /// <summary>The messages that one of Microsoft.Extensions.AI becomes: each result of a call is one of its own.</summary>
    /// <exception cref="NotSupportedException">A content that the cluster has no word for.</exception>
    public static IEnumerable<Message> Messages(ChatMessage message)
    {
        var results = message.Contents.OfType<FunctionResultContent>().ToList();
        foreach (var result in results)
        {
            yield return new Message { Role = "tool", ToolCallId = result.CallId, Content = ResultText(result) };
        }

        var written = new Message { Role = message.Role.Value };
        foreach (var content in message.Contents)
        {
            switch (content)
            {
                case TextContent text:
                    written.Content += text.Text;
                    break;
                case FunctionCallContent call:
                    written.ToolCalls.Add(new ToolCall { Id = call.CallId, Name = call.Name, ArgumentsJson = JsonSerializer.Serialize(call.Arguments ?? new Dictionary<string, object?>()) });
                    break;
                case FunctionResultContent or UsageContent:
                    break;
                default:
                    throw new NotSupportedException($"A message holds {content.GetType().Name}; text, calls and their results are taken.");
            }
        }

        if (results.Count == 0 || written.Content.Length > 0 || written.ToolCalls.Count > 0)
        {
            yield return written;
        }
    }

    /// <summary>A whole call. Arguments that are no JSON object, such as cut ones, come as an exception of the content.</summary>
    public static FunctionCallContent Call(ToolCall call) => FunctionCallContent.CreateFromParsedArguments(
        call.ArgumentsJson, call.Id, call.Name, static json => JsonSerializer.Deserialize<Dictionary<string, object?>>(json));

    // What a function gave comes as JSON already: of a text, its letters.
    private static string ResultText(FunctionResultContent result) => result.Result switch
    {
        string text => text,
        JsonElement { ValueKind: JsonValueKind.String } text => text.GetString()!,
        null when result.Exception is { } failure => "Error: " + failure.Message,
        var other => JsonSerializer.Serialize(other),
    };
}
