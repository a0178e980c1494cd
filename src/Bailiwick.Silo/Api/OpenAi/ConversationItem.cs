using System.Globalization;
using System.Text.Json;
using Bailiwick.Silo.Sessions;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.OpenAi;

/// <summary>A message of a conversation as OpenAI's conversations show it: a message, a call of a function, or a call's result.</summary>
/// <param name="Id">`item_TURN_N`: what it was made of can be found again.</param>
/// <param name="Message">A message of the stored request, or the answer, in the form of the template.</param>
internal sealed record ConversationItem(string Id, JsonElement Message)
{
    /// <summary>Items of a turn: what was new in its request, then its answer; backwards where the list is.</summary>
    public static IEnumerable<ConversationItem> Of(StoredTurn turn, bool isAscending)
    {
        var items = new List<ConversationItem>();
        foreach (var array in new[] { turn.Messages, TurnHistory.Answer(turn) })
        {
            if (array.Length == 0)
            {
                continue;
            }

            using var document = JsonDocument.Parse(array);
            foreach (var message in document.RootElement.EnumerateArray())
            {
                items.Add(new ConversationItem(ItemId.Of(turn.Id, items.Count), message.Clone()));
            }
        }

        return isAscending ? items : items.AsEnumerable().Reverse();
    }

    public void Write(Utf8JsonWriter json)
    {
        var role = Text("role");
        json.WriteStartObject();
        json.WriteString("id", Id);
        json.WriteString("status", "completed");
        if (role == "tool")
        {
            json.WriteString("type", "function_call_output");
            json.WriteString("call_id", Text("tool_call_id"));
            json.WriteString("output", Text("content"));
        }
        else
        {
            json.WriteString("type", "message");
            json.WriteString("role", role);
            json.WriteStartArray("content");
            json.WriteStartObject();
            json.WriteString("type", role == "assistant" ? "output_text" : "input_text");
            json.WriteString("text", Text("content"));
            if (role == "assistant")
            {
                json.WriteStartArray("annotations");
                json.WriteEndArray();
            }

            json.WriteEndObject();
            json.WriteEndArray();
            if (Message.TryGetProperty("tool_calls", out var calls))
            {
                json.WritePropertyName("tool_calls");
                calls.WriteTo(json);
            }
        }

        json.WriteEndObject();
    }

    private string Text(string field) =>
        Message.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}

/// <summary>Ids of items: that of their turn, and their place in it.</summary>
internal static class ItemId
{
    private const string Prefix = "item_";

    public static string Of(string turn, int place) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{turn}_{place}");

    /// <summary>Null for anything that is no such id.</summary>
    public static string? TurnOf(string? item) =>
        item is not null && item.StartsWith(Prefix, StringComparison.Ordinal) && item.LastIndexOf('_') is > 5 and var end
        && int.TryParse(item.AsSpan(end + 1), NumberStyles.None, CultureInfo.InvariantCulture, out _) && item[Prefix.Length..end] is var turn
        && SessionIds.IsTurn(turn) ? turn : null;
}
