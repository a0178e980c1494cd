using Bailiwick.Protocol.Conversations.V1;

namespace Bailiwick.Client;

/// <summary>
/// Conversations that the cluster keeps, sealed, for the key's tenant. Thread-safe; lives as long as the <see cref="BailiwickClient"/>
/// that it belongs to and fails as that does; an id that there is not is `conversation_not_found`. Needs a key of scope `inference`.
/// </summary>
public sealed class ConversationsClient
{
    private readonly BailiwickClient _client;

    internal ConversationsClient(BailiwickClient client) => _client = client;

    /// <summary>Begins a conversation under the key's label. Not repeated when the connection breaks: an empty one may then be left.</summary>
    /// <param name="request">Label fields to raise, and metadata; null = neither.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<Conversation> CreateAsync(CreateConversationRequest? request = null, CancellationToken cancellationToken = default) =>
        (await _client.AskAsync((invoker, options) => new ConversationsService.ConversationsServiceClient(invoker)
            .CreateConversationAsync(request ?? new(), options), false, cancellationToken).ConfigureAwait(false)).Conversation;

    /// <summary>One conversation, without what was said.</summary>
    /// <param name="id">`conv_…`.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<Conversation> GetAsync(string id, CancellationToken cancellationToken = default) =>
        (await _client.AskAsync((invoker, options) => new ConversationsService.ConversationsServiceClient(invoker)
            .GetConversationAsync(new() { Id = id }, options), true, cancellationToken).ConfigureAwait(false)).Conversation;

    /// <summary>A page of the tenant's conversations that the key may see, newest first.</summary>
    /// <param name="after">Id of the last one seen; null = from the newest.</param>
    /// <param name="limit">1 to 100; default 20.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<IReadOnlyList<Conversation>> ListAsync(string? after = null, int limit = 20, CancellationToken cancellationToken = default) =>
        (await _client.AskAsync((invoker, options) => new ConversationsService.ConversationsServiceClient(invoker)
            .ListConversationsAsync(new() { After = after ?? "", Limit = limit }, options), true, cancellationToken).ConfigureAwait(false)).Conversations;

    /// <summary>A page of what was said: turns with an answer, in order; fewer than the limit where they are long, none behind the last one.</summary>
    /// <param name="conversation">`conv_…`.</param>
    /// <param name="after">Id of the last turn seen; null = from the first.</param>
    /// <param name="limit">1 to 100; default 20.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<IReadOnlyList<Turn>> ListTurnsAsync(
        string conversation, string? after = null, int limit = 20, CancellationToken cancellationToken = default) =>
        (await _client.AskAsync((invoker, options) => new ConversationsService.ConversationsServiceClient(invoker)
            .ListTurnsAsync(new() { Conversation = conversation, After = after ?? "", Limit = limit }, options), true, cancellationToken)
            .ConfigureAwait(false)).Turns;

    /// <summary>Removes a conversation with all that was said in it. Leaves an erasure record.</summary>
    /// <param name="id">`conv_…`.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Turns that are gone.</returns>
    public async Task<int> DeleteAsync(string id, CancellationToken cancellationToken = default) =>
        (await _client.AskAsync((invoker, options) => new ConversationsService.ConversationsServiceClient(invoker)
            .DeleteConversationAsync(new() { Id = id }, options), false, cancellationToken).ConfigureAwait(false)).Turns;

    /// <summary>Removes a conversation or one turn on a legal ground, which the record names.</summary>
    /// <param name="id">`conv_…`, `turn_…` or `resp_…`.</param>
    /// <param name="ground">1 to 64 of a-z, 0-9, '.', '-', '_', '/', ':'.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Turns that are gone.</returns>
    public async Task<int> EraseAsync(string id, string ground, CancellationToken cancellationToken = default) =>
        (await _client.AskAsync((invoker, options) => new ConversationsService.ConversationsServiceClient(invoker)
            .EraseConversationAsync(new() { Id = id, Ground = ground }, options), false, cancellationToken).ConfigureAwait(false)).Turns;
}
