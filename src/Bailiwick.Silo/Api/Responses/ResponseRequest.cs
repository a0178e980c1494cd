using System.Globalization;
using System.Text;
using System.Text.Json;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Residency;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.Responses;

/// <summary>What a body asked for. Its messages are made when its history is there.</summary>
internal sealed record ResponseRequest
{
    /// <summary>Name, alias or name@digest, as asked.</summary>
    public required string Model { get; init; }

    /// <summary>Sampling, limits, grammar and tools; no prompt yet.</summary>
    public required Submit Submit { get; init; }

    public required bool SeedGiven { get; init; }

    /// <summary>Label fields that the request names; null raises nothing.</summary>
    public required RequestedLabel? Raise { get; init; }

    /// <summary>Null = none.</summary>
    public required string? Instructions { get; init; }

    public required IReadOnlyList<InputItem> Input { get; init; }

    public required bool IsStream { get; init; }

    /// <summary>What the response repeats.</summary>
    public required JsonElement Echo { get; init; }

    public required ResponseOptions Options { get; init; }

    /// <summary>Instructions of this response alone.</summary>
    public IReadOnlyList<InputItem> Lead => string.IsNullOrEmpty(Instructions) ? [] : [new MessageItem(null, "system", [Instructions])];

    /// <summary>The turn of a response that is not kept.</summary>
    public TurnRequest ToTurn(DateTimeOffset now)
    {
        var prompt = ResponseMessages.Of([.. Lead, .. Input]);
        var submit = Submit.Clone();
        submit.Chat = new Chat
        {
            MessagesJson = Encoding.UTF8.GetString(prompt),
            AddGenerationPrompt = true,
            Now = now.ToString("yyyy-MM-ddTHH:mm:ss'Z'", CultureInfo.InvariantCulture),
        };
        return new TurnRequest(Model, submit, prompt, Raise, SeedGiven);
    }
}
