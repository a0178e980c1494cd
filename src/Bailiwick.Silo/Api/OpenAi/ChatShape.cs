using System.Text.Json;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Protocol.Receipts;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.OpenAi;

/// <summary>Answers of /v1/chat/completions: role first, pieces of content, an empty delta with the finish reason.</summary>
internal sealed class ChatShape(bool withLogprobs) : AnswerShape(withLogprobs)
{
    public override string IdPrefix => "chatcmpl-";

    public override string WholeName => "chat.completion";

    public override string ChunkName => "chat.completion.chunk";

    public override bool HasOpening => true;

    public override void WriteOpening(Utf8JsonWriter json)
    {
        Open(json, "delta"u8);
        json.WriteString("role"u8, "assistant"u8);
        json.WriteString("content"u8, ""u8);
        Close(json, null, null);
    }

    public override void WriteTokens(Utf8JsonWriter json, IReadOnlyList<DecodedToken> tokens)
    {
        Open(json, "delta"u8);
        var hasCalls = false;
        var hasText = false;
        for (var i = 0; i < tokens.Count; i++)
        {
            hasCalls |= tokens[i].Calls.Count > 0;
            hasText |= tokens[i].Text.Length > 0;
        }

        if (hasText || !hasCalls)
        {
            WriteText(json, "content"u8, tokens);
        }

        if (hasCalls)
        {
            json.WriteStartArray("tool_calls"u8);
            foreach (var token in tokens)
            {
                WritePieces(json, token.Calls);
            }

            json.WriteEndArray();
        }

        Close(json, tokens, null);
    }

    public override void WriteTail(Utf8JsonWriter json, string text, IReadOnlyList<ToolCallPiece> calls)
    {
        Open(json, "delta"u8);
        if (text.Length > 0)
        {
            json.WriteString("content"u8, text);
        }

        if (calls.Count > 0)
        {
            json.WriteStartArray("tool_calls"u8);
            WritePieces(json, calls);
            json.WriteEndArray();
        }

        Close(json, null, null);
    }

    public override void WriteEnd(Utf8JsonWriter json, string finish)
    {
        Open(json, "delta"u8);
        Close(json, null, finish);
    }

    public override void WriteWhole(Utf8JsonWriter json, string text, AnswerCalls calls, IReadOnlyList<DecodedToken> tokens, string finish)
    {
        Open(json, "message"u8);
        json.WriteString("role"u8, "assistant"u8);
        if (calls.Any && text.Length == 0)
        {
            json.WriteNull("content"u8);
        }
        else
        {
            json.WriteString("content"u8, text);
        }

        json.WriteNull("refusal"u8);
        if (calls.Any)
        {
            json.WriteStartArray("tool_calls"u8);
            var index = 0;
            foreach (var (name, arguments) in calls.All)
            {
                json.WriteStartObject();
                WriteCall(json, index++, name, arguments);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        Close(json, tokens, finish);
    }

    /// <summary>The index stands on every piece, without which clients mix calls up; id, type and name on the first.</summary>
    private void WritePieces(Utf8JsonWriter json, IReadOnlyList<ToolCallPiece> pieces)
    {
        foreach (var piece in pieces)
        {
            json.WriteStartObject();
            json.WriteNumber("index"u8, piece.Index);
            if (piece.Name.Length > 0)
            {
                WriteCall(json, piece.Index, piece.Name, piece.Arguments);
            }
            else
            {
                json.WriteStartObject("function"u8);
                json.WriteString("arguments"u8, piece.Arguments);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }
    }

    private void WriteCall(Utf8JsonWriter json, int index, string name, string arguments)
    {
        json.WriteString("id"u8, CallId.Of(Turn, index));
        json.WriteString("type"u8, "function"u8);
        json.WriteStartObject("function"u8);
        json.WriteString("name"u8, name);
        json.WriteString("arguments"u8, arguments);
        json.WriteEndObject();
    }

    private static void Open(Utf8JsonWriter json, ReadOnlySpan<byte> part)
    {
        json.WriteStartObject();
        json.WriteNumber("index"u8, 0);
        json.WriteStartObject(part);
    }

    private void Close(Utf8JsonWriter json, IReadOnlyList<DecodedToken>? tokens, string? finish)
    {
        json.WriteEndObject();
        if (WithLogprobs && tokens is not null)
        {
            ChatLogprobs.Write(json, tokens);
        }
        else
        {
            json.WriteNull("logprobs"u8);
        }

        WriteFinish(json, finish);
        json.WriteEndObject();
    }
}
