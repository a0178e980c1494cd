using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Protocol.Receipts;
using Bailiwick.Protocol.Stored.V1;
using Bailiwick.Residency;
using Google.Protobuf;
using Label = Bailiwick.Residency.Label;

namespace Bailiwick.Silo.Sessions;

/// <summary>Requests and answers as their sealed columns hold them (stored.proto). Pure.</summary>
internal static class StoredForms
{
    /// <param name="submit">As admitted.</param>
    /// <param name="keep">What the door said.</param>
    /// <param name="raise">Label fields that the request named.</param>
    /// <param name="label">That it was admitted under.</param>
    public static StoredRequest Of(Submit submit, Keeping keep, RequestedLabel? raise, Label label)
    {
        var asked = submit.Clone();
        // What differs from attempt to attempt, and what stands beside it.
        asked.Turn = "";
        asked.Emitted.Clear();
        asked.DeadlineMs = 0;
        if (asked.Chat is { } chat && keep.Messages.Length > 0)
        {
            chat.MessagesJson = "";
        }

        var stored = new StoredRequest
        {
            Submit = asked,
            Lead = UnsafeByteOperations.UnsafeWrap(keep.Lead),
            Messages = UnsafeByteOperations.UnsafeWrap(keep.Messages),
            Request = UnsafeByteOperations.UnsafeWrap(keep.Request),
            Digest = keep.Idempotency is { } key ? UnsafeByteOperations.UnsafeWrap(key.Digest) : ByteString.Empty,
            Label = Of(label),
        };
        foreach (var (field, value) in raise?.Fields ?? new Dictionary<string, string?>())
        {
            stored.Raise.Add(field, value ?? "");
        }

        return stored;
    }

    /// <param name="answer">What was answered.</param>
    /// <param name="label">That the attempt worked under: not below the request's.</param>
    public static StoredAnswer Of(KeptAnswer answer, Label label)
    {
        var stored = new StoredAnswer
        {
            Tail = answer.Tail, Stop = answer.Stop ?? "", PromptTokens = answer.PromptTokens, Length = answer.Length, ToolCalls = answer.ToolCalls,
            Receipt = answer.Receipt.ToText(), AtMs = answer.At.ToUnixTimeMilliseconds(), Call = { answer.Calls },
            Label = Of(label),
        };
        stored.Token.Add(answer.Tokens.Select(Of));
        return stored;
    }

    /// <summary>Without its tenant, which the seal is bound to.</summary>
    private static StoredLabel Of(Label label) => new() { Jurisdiction = label.Jurisdiction, Class = label.Class, Purpose = label.Purpose };

    public static Label Read(StoredLabel label, string tenant) => new(label.Jurisdiction, label.Class, label.Purpose, tenant);

    public static Token Of(DecodedToken token) =>
        new() { Id = token.Id, Text = token.Text, Logprob = token.Logprob, Top = { token.Top }, Call = { token.Calls } };

    public static DecodedToken Read(Token token) =>
        new(token.Id, token.Text, token.Logprob, token.Top, ByteString.Empty, false) { Calls = token.Call };

    /// <summary>Null where the receipt is of a form that this build does not read.</summary>
    public static KeptAnswer? Read(StoredAnswer stored) => Receipt.TryParse(stored.Receipt, out var receipt)
        ? new KeptAnswer(
            [.. stored.Token.Select(Read)],
            stored.Length, stored.Tail, stored.Stop.Length == 0 ? null : stored.Stop, stored.PromptTokens,
            DateTimeOffset.FromUnixTimeMilliseconds(stored.AtMs), receipt)
        {
            ToolCalls = stored.ToolCalls,
            Calls = stored.Call,
        }
        : null;
}
