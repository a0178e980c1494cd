using System.Buffers;
using System.Text.Json;
using Bailiwick.Protocol.Receipts;
using Bailiwick.Silo.Sessions;

namespace Bailiwick.Silo.Turns;

/// <summary>The messages that a model gets: what leads, what was said before, what is new. Pure; the same turns give the same bytes.</summary>
internal static class TurnHistory
{
    /// <param name="lead">Canonical JSON array, or empty.</param>
    /// <param name="before">Turns with an answer, oldest first.</param>
    /// <param name="messages">Canonical JSON array, or empty.</param>
    public static byte[] Compose(ReadOnlyMemory<byte> lead, IReadOnlyList<StoredTurn> before, ReadOnlyMemory<byte> messages)
    {
        var output = new ArrayBufferWriter<byte>();
        output.Write("["u8);
        Append(output, lead.Span);
        foreach (var turn in before)
        {
            Append(output, turn.Messages.Span);
            Append(output, Answer(turn));
        }

        Append(output, messages.Span);
        output.Write("]"u8);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>What the record commits to: the messages, or an object of them and of the functions that come with them.</summary>
    public static byte[] Prompt(byte[] messages, string tools)
    {
        if (tools.Length == 0)
        {
            return messages;
        }

        using var functions = JsonDocument.Parse(tools);
        return CanonicalJson.OfChat(messages, functions.RootElement);
    }

    /// <summary>The answer as a message of the assistant's, in an array of its own.</summary>
    public static byte[] Answer(StoredTurn turn)
    {
        var answer = turn.Answer!;
        var calls = new AnswerCalls();
        foreach (var token in answer.Tokens)
        {
            calls.Add(token.Calls);
        }

        calls.Add(answer.Calls);
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartArray();
            json.WriteStartObject();
            json.WriteString("content", answer.Text);
            json.WriteString("role", "assistant");
            if (calls.Any)
            {
                WriteCalls(json, Told(turn), calls);
            }

            json.WriteEndObject();
            json.WriteEndArray();
        }

        using var document = JsonDocument.Parse(output.WrittenMemory);
        return CanonicalJson.Of(document.RootElement);
    }

    /// <summary>What the ids of its calls were made of: a response's own id, where it is one, since it outlives the turns that make it.</summary>
    private static string Told(StoredTurn turn) => turn.Id.StartsWith(CallId.ResponsePrefix, StringComparison.Ordinal)
        ? turn.Id[CallId.ResponsePrefix.Length..]
        : turn.Turn;

    private static void WriteCalls(Utf8JsonWriter json, string turn, AnswerCalls calls)
    {
        json.WriteStartArray("tool_calls");
        var index = 0;
        foreach (var (name, arguments) in calls.All)
        {
            json.WriteStartObject();
            json.WriteString("id", CallId.Of(turn, index++));
            json.WriteString("type", "function");
            json.WriteStartObject("function");
            json.WriteString("name", name);
            json.WriteString("arguments", arguments);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>What stands between the brackets of an array, behind what is there already.</summary>
    private static void Append(ArrayBufferWriter<byte> output, ReadOnlySpan<byte> array)
    {
        if (array.Length <= 2)
        {
            return;
        }

        if (output.WrittenCount > 1)
        {
            output.Write(","u8);
        }

        output.Write(array[1..^1]);
    }
}
