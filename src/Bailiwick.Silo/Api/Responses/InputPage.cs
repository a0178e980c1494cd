using System.Text.Json;
using Bailiwick.Protocol;
using Bailiwick.Silo.Hosting;

namespace Bailiwick.Silo.Api.Responses;

/// <summary>A piece of the list of a response's input items.</summary>
/// <param name="After">Id after which it begins; null = at the beginning.</param>
/// <param name="Limit">Most items.</param>
/// <param name="NewestFirst">Last item first: OpenAI's default.</param>
internal sealed record InputPage(string? After, int Limit, bool NewestFirst)
{
    /// <returns>Null where the page is one of these items.</returns>
    public Refusal? Fault(string response, IReadOnlyList<InputItem> items) =>
        After is null || Ids(response, items).Contains(After)
            ? null
            : new Refusal(Errors.Invalid, "after names no item of this response.") { Field = "after" };

    public void Write(Utf8JsonWriter json, string response, IReadOnlyList<InputItem> items)
    {
        var all = Ids(response, items).Zip(items, (id, item) => (Id: id, Item: item));
        var ordered = (NewestFirst ? all.Reverse() : all).ToList();
        var from = After is null ? 0 : ordered.FindIndex(entry => entry.Id == After) + 1;
        var page = ordered.Skip(from).Take(Limit).ToList();
        json.WriteStartObject();
        json.WriteString("object"u8, "list"u8);
        json.WriteStartArray("data"u8);
        foreach (var (id, item) in page)
        {
            item.Write(json, id);
        }

        json.WriteEndArray();
        json.WriteString("first_id"u8, page.Count == 0 ? null : page[0].Id);
        json.WriteString("last_id"u8, page.Count == 0 ? null : page[^1].Id);
        json.WriteBoolean("has_more"u8, from + page.Count < ordered.Count);
        json.WriteEndObject();
    }

    private static IEnumerable<string> Ids(string response, IReadOnlyList<InputItem> items) =>
        items.Select((item, index) => item.Id ?? ResponseIds.Input(response, index));
}
