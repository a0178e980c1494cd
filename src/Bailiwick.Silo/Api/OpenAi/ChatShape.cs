using System.Text.Json;
using Bailiwick.Protocol.Decoder;

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
        WriteText(json, "content"u8, tokens);
        Close(json, tokens, null);
    }

    public override void WriteTail(Utf8JsonWriter json, string text)
    {
        Open(json, "delta"u8);
        json.WriteString("content"u8, text);
        Close(json, null, null);
    }

    public override void WriteEnd(Utf8JsonWriter json, string finish)
    {
        Open(json, "delta"u8);
        Close(json, null, finish);
    }

    public override void WriteWhole(Utf8JsonWriter json, string text, IReadOnlyList<DecodedToken> tokens, string finish)
    {
        Open(json, "message"u8);
        json.WriteString("role"u8, "assistant"u8);
        json.WriteString("content"u8, text);
        json.WriteNull("refusal"u8);
        Close(json, tokens, finish);
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
