using System.Globalization;
using System.Text;
using System.Text.Json;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Residency;
using Bailiwick.Silo.Sessions;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.Responses;

/// <summary>What a body asked for. Its messages are made when its history is there.</summary>
internal sealed record ResponseRequest
{
    /// <summary>Name, alias or name@digest, as asked.</summary>
    public required string Model { get; init; }

    /// <summary>Sampling, limits and grammar; no prompt and no functions yet.</summary>
    public required Submit Submit { get; init; }

    public required bool SeedGiven { get; init; }

    /// <summary>Label fields that the request names; null raises nothing.</summary>
    public required RequestedLabel? Raise { get; init; }

    /// <summary>Null = none.</summary>
    public required string? Instructions { get; init; }

    public required IReadOnlyList<InputItem> Input { get; init; }

    public required bool IsStream { get; init; }

    /// <summary>The turn goes on without its client.</summary>
    public required bool IsBackground { get; init; }

    /// <summary>Null where the body does not say; the door decides then.</summary>
    public required bool? Store { get; init; }

    /// <summary>`resp_…` whose history and answer come first; null = none.</summary>
    public required string? Previous { get; init; }

    /// <summary>`conv_…` that this goes on with; null = none.</summary>
    public required string? Conversation { get; init; }

    /// <summary>Functions, and how they may be called.</summary>
    public required ResponseTools Tools { get; init; }

    /// <summary>The body, as it is kept.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    public required ResponseOptions Options { get; init; }

    /// <summary>Null: the request named none.</summary>
    public IdempotencyKey? Idempotency { get; init; }

    /// <summary>What the response repeats.</summary>
    public JsonElement Echo { get; init; }

    /// <summary>Id under which the response is kept; null = it is not.</summary>
    public string? KeptAs { get; init; }

    /// <summary>What the response says of itself, when its turn has begun: of a request that was sent again, what the first one was told.</summary>
    public ResponseHead HeadOf(TurnStarted started)
    {
        var kept = started.Kept is { } id && id.StartsWith(ResponseIds.Prefix, StringComparison.Ordinal) ? id : null;
        return new ResponseHead(kept ?? ResponseIds.OfTurn(started.Turn), started.At.ToUnixTimeSeconds(), started.Model, Echo, kept is not null);
    }

    /// <summary>Instructions of this response alone.</summary>
    public IReadOnlyList<InputItem> Lead => string.IsNullOrEmpty(Instructions) ? [] : [new MessageItem(null, "system", [Instructions])];

    /// <summary>The length of its prompt, which is no turn: nothing is kept, and a key names nothing.</summary>
    public TextRequest ToCount(DateTimeOffset now)
    {
        var turn = (this with { KeptAs = null, Idempotency = null }).ToTurn(now);
        return new TextRequest(Model, new TextCall { CountChat = turn.Submit.Chat }, Raise) { Recall = turn.Keep };
    }

    /// <summary>The turn. One that is kept or has a history gets its messages put together where the history is.</summary>
    public TurnRequest ToTurn(DateTimeOffset now)
    {
        var keep = KeptAs is null && Previous is null && Conversation is null && Idempotency is null ? null : new Keeping
        {
            Conversation = Conversation,
            Previous = Previous,
            Store = KeptAs is not null,
            Id = KeptAs,
            Lead = Lead.Count == 0 ? default : ResponseMessages.Of(Lead),
            Messages = ResponseMessages.Of(Input),
            Request = KeptAs is null ? default : Body,
            Idempotency = Idempotency,
        };
        var prompt = keep is null ? ResponseMessages.Of([.. Lead, .. Input]) : [];
        var submit = Submit.Clone();
        submit.Chat = new Chat
        {
            MessagesJson = Encoding.UTF8.GetString(prompt),
            AddGenerationPrompt = true,
            Now = now.ToString("yyyy-MM-ddTHH:mm:ss'Z'", CultureInfo.InvariantCulture),
        };
        if (!Tools.Told.IsEmpty)
        {
            Tools.Told.Apply(submit, Tools.Choice.Choice, Tools.Choice.Name, Tools.Choice.Parallel);
        }

        return new TurnRequest(Model, submit, keep is null ? Tools.Told.Prompt(prompt) : prompt, Raise, SeedGiven) { Keep = keep };
    }
}
