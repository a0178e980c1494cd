using System.Text.Json;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Protocol.Receipts;

namespace Bailiwick.Silo.Api.OpenAi;

/// <summary>Answers of /v1/completions: a whole answer and its pieces look alike.</summary>
internal sealed class CompletionShape(bool withLogprobs) : AnswerShape(withLogprobs)
{
    private int _offset;

    public override string IdPrefix => "cmpl-";

    public override string WholeName => "text_completion";

    public override string ChunkName => "text_completion";

    public override bool HasOpening => false;

    public override void WriteOpening(Utf8JsonWriter json) => Write(json, "", null, null);

    public override void WriteTokens(Utf8JsonWriter json, IReadOnlyList<DecodedToken> tokens)
    {
        json.WriteStartObject();
        json.WriteNumber("index"u8, 0);
        WriteText(json, "text"u8, tokens);
        Close(json, tokens, null);
    }

    public override void WriteTail(Utf8JsonWriter json, string text, IReadOnlyList<ToolCallPiece> calls) => Write(json, text, null, null);

    public override void WriteEnd(Utf8JsonWriter json, string finish) => Write(json, "", null, finish);

    public override void WriteWhole(Utf8JsonWriter json, string text, AnswerCalls calls, IReadOnlyList<DecodedToken> tokens, string finish) =>
        Write(json, text, tokens, finish);

    private void Write(Utf8JsonWriter json, string text, IReadOnlyList<DecodedToken>? tokens, string? finish)
    {
        json.WriteStartObject();
        json.WriteNumber("index"u8, 0);
        json.WriteString("text"u8, text);
        Close(json, tokens, finish);
    }

    private void Close(Utf8JsonWriter json, IReadOnlyList<DecodedToken>? tokens, string? finish)
    {
        if (WithLogprobs && tokens is not null)
        {
            WriteLogprobs(json, tokens);
        }
        else
        {
            json.WriteNull("logprobs"u8);
        }

        WriteFinish(json, finish);
        json.WriteEndObject();
    }

    private void WriteLogprobs(Utf8JsonWriter json, IReadOnlyList<DecodedToken> tokens)
    {
        json.WriteStartObject("logprobs"u8);
        json.WriteStartArray("tokens"u8);
        foreach (var token in tokens)
        {
            json.WriteStringValue(ChatLogprobs.TextOf(token));
        }

        json.WriteEndArray();
        json.WriteStartArray("token_logprobs"u8);
        foreach (var token in tokens)
        {
            json.WriteNumberValue(ChatLogprobs.Finite(token.Logprob));
        }

        json.WriteEndArray();
        WriteAlternatives(json, tokens);
        WriteOffsets(json, tokens);
        json.WriteEndObject();
    }

    private static void WriteAlternatives(Utf8JsonWriter json, IReadOnlyList<DecodedToken> tokens)
    {
        json.WriteStartArray("top_logprobs"u8);
        foreach (var token in tokens)
        {
            json.WriteStartObject();

            // Different tokens can look alike; the likeliest comes first and keeps the name.
            foreach (var other in token.Top.DistinctBy(other => other.Text, StringComparer.Ordinal))
            {
                json.WriteNumber(other.Text, ChatLogprobs.Finite(other.Logprob));
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Where each token's text begins in the answer, in code points.</summary>
    private void WriteOffsets(Utf8JsonWriter json, IReadOnlyList<DecodedToken> tokens)
    {
        json.WriteStartArray("text_offset"u8);
        foreach (var token in tokens)
        {
            json.WriteNumberValue(_offset);
            foreach (var _ in token.Text.EnumerateRunes())
            {
                _offset++;
            }
        }

        json.WriteEndArray();
    }
}
