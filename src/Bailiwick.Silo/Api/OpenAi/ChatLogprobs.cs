using System.Text;
using System.Text.Json;
using Bailiwick.Protocol.Decoder;

namespace Bailiwick.Silo.Api.OpenAi;

/// <summary>Natural-log probabilities in the shape of chat: per token its text, its bytes and the likeliest alternatives.</summary>
internal static class ChatLogprobs
{
    /// <summary>OpenAI's word for "as good as impossible"; JSON has no infinity.</summary>
    public const float Least = -9999;

    public static void Write(Utf8JsonWriter json, IReadOnlyList<DecodedToken> tokens)
    {
        json.WriteStartObject("logprobs"u8);
        json.WriteStartArray("content"u8);
        foreach (var token in tokens)
        {
            WriteEntry(json, token);
        }

        json.WriteEndArray();
        json.WriteNull("refusal"u8);
        json.WriteEndObject();
    }

    /// <summary>One token with its alternatives.</summary>
    public static void WriteEntry(Utf8JsonWriter json, in DecodedToken token)
    {
        json.WriteStartObject();
        WriteToken(json, TextOf(token), BytesOf(token), token.Logprob);
        json.WriteStartArray("top_logprobs"u8);
        foreach (var other in token.Top)
        {
            json.WriteStartObject();
            WriteToken(json, other.Text, other.Raw.Memory, other.Logprob);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    public static float Finite(float logprob) => float.IsFinite(logprob) && logprob >= Least ? logprob : Least;

    /// <summary>The token's own text where an alternative tells it, else what left for it (whole characters, maybe none).</summary>
    public static string TextOf(DecodedToken token) => token.Top.FirstOrDefault(other => other.Id == token.Id)?.Text ?? token.Text;

    private static ReadOnlyMemory<byte> BytesOf(DecodedToken token) =>
        token.Top.FirstOrDefault(other => other.Id == token.Id)?.Raw.Memory ?? Encoding.UTF8.GetBytes(token.Text);

    private static void WriteToken(Utf8JsonWriter json, string text, ReadOnlyMemory<byte> bytes, float logprob)
    {
        json.WriteString("token"u8, text);
        json.WriteNumber("logprob"u8, Finite(logprob));
        json.WriteStartArray("bytes"u8);
        foreach (var value in bytes.Span)
        {
            json.WriteNumberValue(value);
        }

        json.WriteEndArray();
    }
}
