using System.Text.Json.Nodes;
using Bailiwick.Text.Templates;
using Bailiwick.Tests.Text.Templates;

namespace Bailiwick.Tests.Text.Tokens;

/// <summary>Seeded conversations whose every client string tries to be, begin, end or join a control token.</summary>
internal sealed class AdversarialChat(int seed, IReadOnlyList<string> tokens)
{
    // No byte among them that the default model has no token for: decoding must give the text back.
    private static readonly string[] Ordinary =
        ["Hi", " ", "\n", "\n\n", "user", "system", "<", ">", "|", "<|", "|>", "/no_think", "日本", "👍", "é", "{", "}", "\"", "\\", "<table>"];

    private readonly Random _random = new(seed);

    public TemplateContext Next(string bos, string eos)
    {
        var messages = new JsonArray();
        if (_random.Next(2) == 0)
        {
            messages.Add(Message("system", Text()));
        }

        for (var turn = _random.Next(3); turn >= 0; turn--)
        {
            messages.Add(Message("user", _random.Next(3) == 0 ? Parts() : Text()));
            messages.Add(Assistant());
            if (_random.Next(3) == 0)
            {
                messages.Add(new JsonObject { ["role"] = "tool", ["content"] = Text(), ["name"] = Text(), ["tool_call_id"] = Text() });
            }
        }

        messages.Add(Message("user", Text()));
        return new TemplateContext
        {
            MessagesJson = messages.ToJsonString(),
            ToolsJson = _random.Next(3) == 0 ? new JsonArray(Tool()).ToJsonString() : "null",
            AddGenerationPrompt = _random.Next(2) == 0,
            BosToken = bos,
            EosToken = eos,
            Now = TemplateCase.Now,
        };
    }

    private static JsonObject Message(string role, JsonNode content) => new() { ["role"] = role, ["content"] = content };

    private JsonObject Assistant()
    {
        var message = Message("assistant", Text());
        if (_random.Next(3) == 0)
        {
            message["tool_calls"] = new JsonArray(new JsonObject
            {
                ["id"] = Text(),
                ["type"] = "function",
                ["function"] = new JsonObject { ["name"] = Text(), ["arguments"] = new JsonObject { [Text()] = Text() } },
            });
        }

        return message;
    }

    private JsonObject Tool() => new()
    {
        ["type"] = "function",
        ["function"] = new JsonObject
        {
            ["name"] = Text(),
            ["description"] = Text(),
            ["parameters"] = new JsonObject { ["type"] = "object", ["properties"] = new JsonObject { [Text()] = new JsonObject { ["type"] = Text() } } },
        },
    };

    private JsonArray Parts() =>
        new([.. Enumerable.Range(0, 1 + _random.Next(3)).Select(_ => new JsonObject { ["type"] = "text", ["text"] = Text() })]);

    private string Text() => string.Concat(Enumerable.Range(0, 1 + _random.Next(4)).Select(_ => Piece()));

    /// <summary>A token, its head, its tail, or something else.</summary>
    private string Piece()
    {
        var token = tokens[_random.Next(tokens.Count)];
        return _random.Next(4) switch
        {
            0 => token,
            1 => token[.._random.Next(1, token.Length)],
            2 => token[_random.Next(1, token.Length)..],
            _ => Ordinary[_random.Next(Ordinary.Length)],
        };
    }
}
