using System.Text.Json;
using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Cli.Verbs;

/// <summary>The prompt of `models try`: a chat where the model has a template, plain text where it has none.</summary>
internal static class TryPrompt
{
    public static void Fill(Submit turn, bool hasTemplate, string? system, string prompt)
    {
        if (!hasTemplate)
        {
            turn.Text = system is null ? prompt : $"{system}\n\n{prompt}";
            return;
        }

        List<object> messages = [];
        if (system is not null)
        {
            messages.Add(new { role = "system", content = system });
        }

        messages.Add(new { role = "user", content = prompt });
        turn.Chat = new Chat { MessagesJson = JsonSerializer.Serialize(messages), AddGenerationPrompt = true };
    }
}
