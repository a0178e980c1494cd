using System.Text.Json;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Protocol.Receipts;

namespace Bailiwick.Silo.Api.OpenAi;

/// <summary>
/// The one choice of an answer, whole or in pieces, in the shape of an endpoint. An instance serves one answer, since places in the
/// text run on. Finish reasons are `stop`, `length` and `tool_calls`, null before the end: .NET's
/// client throws on any other word.
/// </summary>
internal abstract class AnswerShape(bool withLogprobs)
{
    /// <summary>Start of the answer's id.</summary>
    public abstract string IdPrefix { get; }

    /// <summary>`object` of a whole answer.</summary>
    public abstract string WholeName { get; }

    /// <summary>`object` of a chunk.</summary>
    public abstract string ChunkName { get; }

    protected bool WithLogprobs { get; } = withLogprobs;

    /// <summary>Id of the turn, once it has begun: ids of calls are made of it.</summary>
    public string Turn { get; set; } = "";

    /// <summary>Whether these tokens need a chunk: text that is held back has none.</summary>
    public bool HasChunk(IReadOnlyList<DecodedToken> tokens)
    {
        if (WithLogprobs)
        {
            return true;
        }

        // By index, here and below: an enumerator of an interface is an object.
        for (var i = 0; i < tokens.Count; i++)
        {
            if (tokens[i].Text.Length > 0 || tokens[i].Calls.Count > 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a stream begins with a choice that says who speaks.</summary>
    public abstract bool HasOpening { get; }

    /// <summary>The choice that opens a stream, where there is one.</summary>
    public abstract void WriteOpening(Utf8JsonWriter json);

    /// <summary>A piece of the answer.</summary>
    public abstract void WriteTokens(Utf8JsonWriter json, IReadOnlyList<DecodedToken> tokens);

    /// <summary>Text and pieces of calls that were held back, without tokens of their own.</summary>
    public abstract void WriteTail(Utf8JsonWriter json, string text, IReadOnlyList<ToolCallPiece> calls);

    /// <summary>The choice that ends a stream.</summary>
    public abstract void WriteEnd(Utf8JsonWriter json, string finish);

    /// <summary>The choice of a whole answer.</summary>
    public abstract void WriteWhole(Utf8JsonWriter json, string text, AnswerCalls calls, IReadOnlyList<DecodedToken> tokens, string finish);

    public static string Finish(bool length, bool toolCalls) => length ? "length" : toolCalls ? "tool_calls" : "stop";

    /// <summary>Fields of the head, in an object that the caller has opened.</summary>
    public void WriteHead(Utf8JsonWriter json, AnswerHead head, string name)
    {
        json.WriteString("id"u8, IdPrefix + head.Turn);
        json.WriteString("object"u8, name);
        json.WriteNumber("created"u8, head.Created);
        json.WriteString("model"u8, head.Model);
        json.WriteString("system_fingerprint"u8, head.Fingerprint);
    }

    public static void WriteUsage(Utf8JsonWriter json, int prompt, int answer)
    {
        json.WriteStartObject("usage"u8);
        json.WriteNumber("prompt_tokens"u8, prompt);
        json.WriteNumber("completion_tokens"u8, answer);
        json.WriteNumber("total_tokens"u8, prompt + answer);
        json.WriteEndObject();
    }

    /// <summary>Texts of the tokens as one string value, without making that string.</summary>
    protected static void WriteText(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<DecodedToken> tokens)
    {
        json.WritePropertyName(name);
        if (tokens.Count == 1)
        {
            json.WriteStringValue(tokens[0].Text);
            return;
        }

        for (var i = 0; i < tokens.Count; i++)
        {
            json.WriteStringValueSegment(tokens[i].Text, isFinalSegment: false);
        }

        json.WriteStringValueSegment(ReadOnlySpan<char>.Empty, isFinalSegment: true);
    }

    protected static void WriteFinish(Utf8JsonWriter json, string? finish)
    {
        if (finish is null)
        {
            json.WriteNull("finish_reason"u8);
        }
        else
        {
            json.WriteString("finish_reason"u8, finish);
        }
    }
}
