using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Residency;
using Bailiwick.Residency.Requests;
using Bailiwick.Silo.Hosting;

namespace Bailiwick.Silo.Sessions;

/// <summary>The store of a site without sealing keys: refuses everything with the sentence that names the setting.</summary>
internal sealed class NothingKept : ISessionStore, IConversations
{
    public Place? Place => null;

    public Task<Kept<SessionBefore>> BeforeAsync(Keeping keep, string tenant, CancellationToken cancellationToken) => Refuse<SessionBefore>();

    public Task<Kept<SessionFinding>> FindAsync(Keeping keep, SessionReader reader, CancellationToken cancellationToken) => Refuse<SessionFinding>();

    public Task<Kept<IReadOnlyList<StoredTurn>>> HistoryAsync(Admitted<TextCall> admitted, Keeping recall, CancellationToken cancellationToken) =>
        Refuse<IReadOnlyList<StoredTurn>>();

    public Task<Kept<ISessionHold>> BeginAsync(Admitted<Submit> admitted, SessionBegin begin, CancellationToken cancellationToken) => Refuse<ISessionHold>();

    public Task<Kept<Conversation>> CreateAsync(NewConversation asked, SessionReader reader, CancellationToken cancellationToken) => Refuse<Conversation>();

    public Task<Kept<Conversation>> FindAsync(string id, SessionReader reader, CancellationToken cancellationToken) => Refuse<Conversation>();

    public Task<Kept<IReadOnlyList<Conversation>>> ListAsync(SessionPage page, SessionReader reader, CancellationToken cancellationToken) =>
        Refuse<IReadOnlyList<Conversation>>();

    public Task<Kept<TurnPage>> TurnsAsync(
        string conversation, SessionPage page, SessionReader reader, CancellationToken cancellationToken) => Refuse<TurnPage>();

    public Task<Kept<StoredTurn>> TurnAsync(string id, SessionReader reader, CancellationToken cancellationToken) => Refuse<StoredTurn>();

    public Task<Refusal?> CancelAsync(string turn, SessionReader reader, CancellationToken cancellationToken) =>
        Task.FromResult<Refusal?>(SessionRefusals.NothingKept);

    public Task<Kept<Erasure>> EraseAsync(string id, string ground, SessionReader reader, CancellationToken cancellationToken) => Refuse<Erasure>();

    private static Task<Kept<T>> Refuse<T>()
        where T : class => Task.FromResult(new Kept<T>(null, SessionRefusals.NothingKept));
}
