using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Residency;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Sessions;

namespace Bailiwick.Silo.Turns;

/// <summary>What doors call for tokens without a turn: ids of a text, the length of a prompt.</summary>
internal interface ITextCalls
{
    /// <summary>Asks one decoder. Exactly one of the two is null.</summary>
    Task<(TextReply? Reply, Refusal? Refusal)> RunAsync(TextRequest request, Caller caller, CancellationToken cancellationToken);
}

/// <param name="Model">Name, alias or name@digest, as asked.</param>
/// <param name="Call">What the decoder is asked; payload.</param>
/// <param name="Raise">Label fields that the request names; null raises nothing.</param>
internal sealed record TextRequest(string Model, TextCall Call, RequestedLabel? Raise)
{
    /// <summary>What a chat goes on with: its history comes before its messages. Null = nothing; nothing is kept in any case.</summary>
    public Keeping? Recall { get; init; }
}
