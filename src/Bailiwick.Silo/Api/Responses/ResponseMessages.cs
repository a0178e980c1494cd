using System.Buffers;
using System.Text.Json;
using Bailiwick.Protocol.Receipts;
using Bailiwick.Silo.Api.OpenAi;

namespace Bailiwick.Silo.Api.Responses;

/// <summary>
/// Items as the messages that a model's template gets: an answer's text and its calls as one message of the assistant, which they were;
/// results as messages of role tool; developer as system, as in chat.
/// </summary>
internal static class ResponseMessages
{
    /// <summary>Canonical JSON: what the template gets and what the record commits to.</summary>
    public static byte[] Of(IEnumerable<InputItem> items)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output, AnswerJson.Options))
        {
            json.WriteStartArray();
            foreach (var message in Joined(items))
            {
                message.Write(json);
            }

            json.WriteEndArray();
        }

        using var written = JsonDocument.Parse(output.WrittenMemory);
        return CanonicalJson.Of(written.RootElement);
    }

    private static List<Message> Joined(IEnumerable<InputItem> items)
    {
        var messages = new List<Message>();
        var reasoning = "";
        foreach (var item in items)
        {
            switch (item)
            {
                case MessageItem message:
                    messages.Add(new Message(message.Role == "developer" ? "system" : message.Role, string.Join('\n', message.Parts)));
                    break;
                case CallItem call:
                    if (messages is not [.., { Role: "assistant" }])
                    {
                        messages.Add(new Message("assistant", ""));
                    }

                    messages[^1].Calls.Add(call);
                    break;
                case ResultItem result:
                    messages.Add(new Message("tool", result.Output) { Answers = result.CallId });
                    break;
                case ReasoningItem thought:
                    reasoning = thought.Text;
                    continue;
            }

            if (reasoning.Length > 0 && messages is [.., { Role: "assistant" } thinker])
            {
                thinker.Reasoning = reasoning;
            }

            reasoning = "";
        }

        return messages;
    }

    private sealed class Message(string role, string content)
    {
        public string Role { get; } = role;

        public string Content { get; } = content;

        public string? Answers { get; init; }

        public string? Reasoning { get; set; }

        public List<CallItem> Calls { get; } = [];

        public void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteString("role"u8, Role);
            json.WriteString("content"u8, Content);
            if (Answers is not null)
            {
                json.WriteString("tool_call_id"u8, Answers);
            }

            if (Reasoning is not null)
            {
                json.WriteString("reasoning_content"u8, Reasoning);
            }

            if (Calls.Count > 0)
            {
                json.WriteStartArray("tool_calls"u8);
                foreach (var call in Calls)
                {
                    json.WriteStartObject();
                    json.WriteString("id"u8, call.CallId);
                    json.WriteString("type"u8, "function"u8);
                    json.WriteStartObject("function"u8);
                    json.WriteString("name"u8, call.Name.Joined);
                    json.WriteString("arguments"u8, call.Arguments);
                    json.WriteEndObject();
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            }

            json.WriteEndObject();
        }
    }
}
