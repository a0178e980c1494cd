using Bailiwick.Protocol;
using Bailiwick.Residency;
using Bailiwick.Silo.Hosting;

namespace Bailiwick.Silo.Sessions;

/// <summary>The refusals of the store. None of them says whether another tenant has something.</summary>
internal static class SessionRefusals
{
    public static Refusal NothingKept { get; } =
        new(Errors.Capability, "This cluster keeps no conversations: its configuration names no sessions.keys.");

    public static Refusal NoConversation { get; } = new(Errors.ConversationNotFound, "There is no such conversation.");

    public static Refusal NoTurn { get; } = new(Errors.NotFound, "There is no such turn, or it was not kept.");

    public static Refusal Away { get; } =
        new(Errors.StoreUnavailable, "What is kept cannot be reached now.") { RetryAfter = TimeSpan.FromSeconds(1) };

    public static Refusal Busy { get; } =
        new(Errors.Busy, "Another turn of this conversation is running.") { RetryAfter = TimeSpan.FromSeconds(1) };

    public static Refusal Taken { get; } =
        new(Errors.Busy, "A request with this idempotency key is running.") { RetryAfter = TimeSpan.FromSeconds(1) };

    public static Refusal OtherRequest { get; } =
        new(Errors.IdempotencyKey, "This idempotency key was sent with another request.") { Field = "Idempotency-Key" };

    public static Refusal TooLong { get; } =
        new(Errors.TooLarge, $"What comes before this turn is too long: more than {TurnTable.MostOfHistory} bytes are kept of it.");

    public static Refusal Above { get; } =
        new(Errors.ResidencyDenied, "What comes before is kept under a higher label than this was let in for.")
        {
            Rules = [Reason.LabelConflict.Id()], RefusedAt = "label",
        };

    public static Refusal Unopened { get; } =
        new(Errors.Internal, "What is kept cannot be opened: this silo's sealing keys do not fit it, or it was changed.");

    public static Refusal Lost { get; } =
        new(Errors.Cancelled, "The turn was cancelled or removed, or another gateway has taken it over.");
}
