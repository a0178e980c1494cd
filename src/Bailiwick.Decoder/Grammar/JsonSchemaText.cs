using System.Text;
using System.Text.Json;
using Bailiwick.Decoder.Loop;

namespace Bailiwick.Decoder.Grammar;

/// <summary>
/// Writes a client's JSON schema for the grammar engine: as it is, with the engine's option that allows no free
/// whitespace. With it allowed, a small model fills its limit with blanks.
/// </summary>
internal static class JsonSchemaText
{
    internal const string Field = "grammar.json_schema";

    private const string OptionsKey = "x-guidance";

    private static readonly JsonDocumentOptions Bounds = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    /// <param name="schema">As the client wrote it.</param>
    /// <param name="field">What refusals call it.</param>
    /// <param name="isSpaced">A space behind each comma and colon, as models were trained to write calls.</param>
    /// <exception cref="TurnRefusedException">Not JSON, or neither an object nor true.</exception>
    internal static string Prepare(string schema, string field = Field, bool isSpaced = false)
    {
        try
        {
            using var document = JsonDocument.Parse(schema, Bounds);
            return Write(document.RootElement, field, isSpaced);
        }
        catch (JsonException problem)
        {
            throw new TurnRefusedException(Problems.Invalid(
                $"{field} is not JSON without duplicate keys (line {problem.LineNumber + 1}, at most 64 levels deep)."));
        }
    }

    private static string Write(JsonElement root, string field, bool isSpaced)
    {
        if (root.ValueKind is not (JsonValueKind.Object or JsonValueKind.True))
        {
            throw new TurnRefusedException(Problems.Invalid($"{field} is neither an object nor true."));
        }

        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteStartObject(OptionsKey);
            writer.WriteBoolean("whitespace_flexible", value: false);
            if (isSpaced)
            {
                writer.WriteString("item_separator", ", ");
                writer.WriteString("key_separator", ": ");
            }

            writer.WriteEndObject();
            if (root.ValueKind == JsonValueKind.Object)
            {
                foreach (var property in root.EnumerateObject().Where(property => !property.NameEquals(OptionsKey)))
                {
                    property.WriteTo(writer);
                }
            }

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }
}
