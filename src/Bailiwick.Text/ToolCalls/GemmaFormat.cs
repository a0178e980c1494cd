using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Bailiwick.Text.ToolCalls;

/// <summary>
/// Gemma 4: `call:NAME{key:value,…}` between two tokens, with a token of its own for each quote. A call is given once it is whole.
/// </summary>
internal sealed class GemmaFormat : ToolCallFormat
{
    private const int Open = 0;
    private const int Close = 1;
    private const int Quote = 2;
    private const char QuoteMark = '\0';

    private GemmaFormat()
    {
    }

    public static GemmaFormat Instance { get; } = new();

    public override string Name => "gemma";

    public override IReadOnlyList<string> Markers { get; } = ["<|tool_call>", "<tool_call|>", "<|\"|>"];

    public override CallParser NewParser(CallOutput output, IReadOnlyList<ToolFunction> functions) => new Parser(output, Markers);

    private sealed class Parser(CallOutput output, IReadOnlyList<string> markers) : CallParser(output, markers)
    {
        protected override IEnumerable<bool> Read()
        {
            var body = new StringBuilder();
            while (Current.Kind != CallItemKind.End)
            {
                if (!IsMarker(Open))
                {
                    Show();
                    yield return true;
                    continue;
                }

                Hold();
                body.Clear();
                yield return true;
                while (!AtEnd && !IsMarker(Close) && !IsMarker(Open))
                {
                    // A NUL of the model's own would be taken for a quote.
                    body.Append(IsMarker(Quote) ? QuoteMark : Current.Character == QuoteMark ? '\uFFFD' : Current.Character);
                    yield return true;
                }

                Ok = IsMarker(Close) && TryGive(new Body(body.ToString()).Call() is { } call ? [call] : null);
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
    }

    /// <summary>What stands between the two tokens.</summary>
    private sealed class Body(string text)
    {
        private const int MostLevels = 32;
        private const string Start = "call:";

        private int _at;
        private bool _failed;

        public (string Name, string Arguments)? Call()
        {
            var brace = text.IndexOf('{', StringComparison.Ordinal);
            if (!text.StartsWith(Start, StringComparison.Ordinal) || brace < 0)
            {
                return null;
            }

            _at = brace;
            var arguments = Members(0);
            return _failed || text[_at..].Trim().Length > 0 ? null : (text[Start.Length..brace], arguments.ToJsonString(CallJson.Options));
        }

        private JsonObject Members(int level)
        {
            var members = new JsonObject();
            _at++;
            while (!_failed && !TryTake('}'))
            {
                var key = TryTake(QuoteMark) ? Quoted() : Until(':');
                Require(':');
                var value = Value(level + 1);
                _failed |= key.Length == 0 || !members.TryAdd(key, value);
                if (!TryTake(','))
                {
                    Require('}');
                    break;
                }
            }

            return members;
        }

        private JsonNode? Value(int level)
        {
            var first = _at < text.Length && level < MostLevels ? text[_at] : ' ';
            if (first == '{')
            {
                return Members(level);
            }

            if (first == '[')
            {
                return List(level);
            }

            return TryTake(QuoteMark) ? JsonValue.Create(Quoted()) : Scalar();
        }

        private JsonArray List(int level)
        {
            var list = new JsonArray();
            _at++;
            while (!_failed && !TryTake(']'))
            {
                list.Add(Value(level + 1));
                if (!TryTake(','))
                {
                    Require(']');
                    break;
                }
            }

            return list;
        }

        private JsonNode? Scalar()
        {
            var start = _at;
            while (_at < text.Length && text[_at] is not (',' or '}' or ']'))
            {
                _at++;
            }

            try
            {
                return JsonNode.Parse(text[start.._at]) is var value && value is null or JsonValue ? value : null;
            }
            catch (JsonException)
            {
                _failed = true;
                return null;
            }
        }

        private string Quoted()
        {
            var value = Until(QuoteMark);
            Require(QuoteMark);
            return value;
        }

        private string Until(char border)
        {
            var start = _at;
            while (_at < text.Length && text[_at] != border)
            {
                _at++;
            }

            return text[start.._at];
        }

        private bool TryTake(char character)
        {
            if (_at >= text.Length || text[_at] != character)
            {
                return false;
            }

            _at++;
            return true;
        }

        private void Require(char character) => _failed |= !TryTake(character);
    }
}
