using System.Text;
using System.Text.Json;
using Bailiwick.Protocol.Decoder;

namespace Bailiwick.Silo.Api.Responses;

/// <summary>One item of an answer while it grows: a message, or a call of a function.</summary>
internal sealed class ResponseItem
{
    private readonly string? _name;
    private readonly string? _namespace;
    private readonly string? _callId;
    private readonly StringBuilder _text = new();

    private ResponseItem(string id, string? callId, string? name, string? ns) => (Id, _callId, _name, _namespace) = (id, callId, name, ns);

    public string Id { get; }

    public bool IsCall => _callId is not null;

    public bool IsDone { get; set; }

    /// <summary>Of the message, or the arguments of the call.</summary>
    public string Text => _text.ToString();

    /// <summary>Tokens of the message, where logprobs are asked for.</summary>
    public List<DecodedToken> Tokens { get; } = [];

    public static ResponseItem Message(string id) => new(id, null, null, null);

    public static ResponseItem Call(string id, string callId, CallName name) => new(id, callId, name.Name, name.Namespace);

    /// <summary>The item as history.</summary>
    public InputItem ToInput() => _callId is null
        ? new MessageItem(Id, "assistant", [Text])
        : new CallItem(Id, _callId, new CallName(_namespace, _name!), Text);

    public void Add(string text) => _text.Append(text);

    /// <param name="json">Where to.</param>
    /// <param name="status">`in_progress`, `completed` or `incomplete`.</param>
    public void Write(Utf8JsonWriter json, ReadOnlySpan<byte> status)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, Id);
        json.WriteString("type"u8, IsCall ? "function_call"u8 : "message"u8);
        json.WriteString("status"u8, status);
        if (IsCall)
        {
            json.WriteString("call_id"u8, _callId);
            json.WriteString("name"u8, _name);
            if (_namespace is not null)
            {
                json.WriteString("namespace"u8, _namespace);
            }

            json.WriteString("arguments"u8, Text);
        }
        else
        {
            json.WriteString("role"u8, "assistant"u8);
            json.WriteStartArray("content"u8);
            if (IsDone || _text.Length > 0)
            {
                WritePart(json, Text, Tokens);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    /// <summary>The one part of a message.</summary>
    public static void WritePart(Utf8JsonWriter json, string text, IReadOnlyList<DecodedToken> tokens)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "output_text"u8);
        json.WriteString("text"u8, text);
        json.WriteStartArray("annotations"u8);
        json.WriteEndArray();
        ResponseLogprobs.Write(json, tokens);
        json.WriteEndObject();
    }
}
