using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Residency;
using Bailiwick.Silo.Sessions;

namespace Bailiwick.Silo.Turns;

/// <summary>What a door made of a request.</summary>
/// <param name="Model">Name, alias or name@digest, as asked.</param>
/// <param name="Submit">
/// Prompt, sampling, limits and grammar as a decoder's frame, without turn id. Its ranges are the decoder's to check; a door checks
/// what only it can see. `emitted` holds the tokens that a resuming client already has.
/// </param>
/// <param name="Prompt">What the record commits to: UTF-8 of the canonical JSON of the messages, or of the prompt text.</param>
/// <param name="Raise">Label fields that the request names; null or empty raises nothing.</param>
/// <param name="SeedGiven">False where the gateway draws the seed.</param>
internal sealed record TurnRequest(
    string Model, Submit Submit, ReadOnlyMemory<byte> Prompt, RequestedLabel? Raise, bool SeedGiven)
{
    /// <summary>What is kept of the turn, and what it goes on with; null = nothing.</summary>
    public Keeping? Keep { get; init; }

    /// <summary>Bytes that the request itself brings for the model; a kept turn's messages are put together later.</summary>
    public int PromptBytes => Math.Max(Prompt.Length, Keep is { } keep ? keep.Lead.Length + keep.Messages.Length : 0);
}
