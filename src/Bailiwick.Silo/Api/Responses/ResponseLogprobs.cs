using System.Text.Json;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Silo.Api.OpenAi;

namespace Bailiwick.Silo.Api.Responses;

/// <summary>Natural-log probabilities as responses tell them; the array is always there, since clients' types require it.</summary>
internal static class ResponseLogprobs
{
    public static void Write(Utf8JsonWriter json, IReadOnlyList<DecodedToken> tokens)
    {
        json.WriteStartArray("logprobs"u8);
        foreach (var token in tokens)
        {
            ChatLogprobs.WriteEntry(json, token);
        }

        json.WriteEndArray();
    }
}
