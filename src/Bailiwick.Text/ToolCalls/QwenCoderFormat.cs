using System.Text.Json;
using System.Text.Json.Nodes;

namespace Bailiwick.Text.ToolCalls;

/// <summary>
/// Qwen3-Coder: tags with the function and each parameter; values are plain text, and the parameter's schema says what of JSON each is.
/// A call is given once it is whole.
/// </summary>
internal sealed class QwenCoderFormat : ToolCallFormat
{
    private const int Open = 0;
    private const int Close = 1;

    private QwenCoderFormat()
    {
    }

    public static QwenCoderFormat Instance { get; } = new();

    public override string Name => "qwen-coder";

    public override IReadOnlyList<string> Markers { get; } = ["<tool_call>", "</tool_call>"];

    public override CallParser NewParser(CallOutput output, IReadOnlyList<ToolFunction> functions) => new Parser(output, Markers, functions);

    private sealed class Parser(CallOutput output, IReadOnlyList<string> markers, IReadOnlyList<ToolFunction> functions)
        : CallParser(output, markers)
    {
        private const string FunctionStart = "<function=";
        private const string FunctionEnd = "</function>";
        private const string ParameterStart = "<parameter=";
        private const string ParameterEnd = "</parameter>";

        protected override IEnumerable<bool> Read()
        {
            while (Current.Kind != CallItemKind.End)
            {
                if (!IsMarker(Open))
                {
                    Show();
                    yield return true;
                    continue;
                }

                Hold();
                yield return true;
                while (Current.Kind == CallItemKind.Character && !AtEnd)
                {
                    yield return true;
                }

                Ok = IsMarker(Close) && TryGive(Call(HeldText[TextOf(Open).Length..]) is { } call ? [call] : null);
                if (Ok)
                {
                    yield return true;
                }
                else
                {
                    Release();
                }
            }
        }

        private (string Name, string Arguments)? Call(string text)
        {
            text = text.Trim();
            var end = text.IndexOf('>', StringComparison.Ordinal);
            if (!text.StartsWith(FunctionStart, StringComparison.Ordinal) || !text.EndsWith(FunctionEnd, StringComparison.Ordinal) || end < 0)
            {
                return null;
            }

            var name = text[FunctionStart.Length..end];
            var schema = functions.FirstOrDefault(function => function.Name == name)?.Parameters;
            var arguments = new JsonObject();
            var rest = text.AsSpan((end + 1)..^FunctionEnd.Length).Trim();
            while (!rest.IsEmpty)
            {
                var (keyEnd, valueEnd) = (rest.IndexOf('>'), rest.IndexOf(ParameterEnd, StringComparison.Ordinal));
                if (!rest.StartsWith(ParameterStart, StringComparison.Ordinal) || keyEnd < 0 || valueEnd < keyEnd)
                {
                    return null;
                }

                var key = rest[ParameterStart.Length..keyEnd].ToString();
                if (!arguments.TryAdd(key, Value(WithoutBorders(rest[(keyEnd + 1)..valueEnd]), schema, key)))
                {
                    return null;
                }

                rest = rest[(valueEnd + ParameterEnd.Length)..].TrimStart();
            }

            return (name, arguments.ToJsonString(CallJson.Options));
        }

        /// <summary>A value stands on lines of its own: one line break on each side is not part of it.</summary>
        private static string WithoutBorders(ReadOnlySpan<char> value)
        {
            value = value.StartsWith("\n", StringComparison.Ordinal) ? value[1..] : value;
            return (value.EndsWith("\n", StringComparison.Ordinal) ? value[..^1] : value).ToString();
        }

        private static JsonNode? Value(string text, string? schema, string key)
        {
            if (IsText(schema, key))
            {
                return JsonValue.Create(text);
            }

            try
            {
                return JsonNode.Parse(text.Trim() switch { "True" => "true", "False" => "false", "None" => "null", var json => json });
            }
            catch (JsonException)
            {
                return JsonValue.Create(text);
            }
        }

        private static bool IsText(string? schema, string key)
        {
            using var document = JsonDocument.Parse(schema ?? "{}");
            return document.RootElement.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object
                && properties.TryGetProperty(key, out var property) && property.ValueKind == JsonValueKind.Object
                && property.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.ValueEquals("string");
        }
    }
}
