using Bailiwick.Protocol.Operations.V1;

namespace Bailiwick.Client;

/// <summary>
/// What runs where, and who may call. Thread-safe; lives as long as the <see cref="BailiwickClient"/> that it belongs to and fails as
/// that does. Needs a key of scope `operations`.
/// </summary>
public sealed class OperationsClient
{
    private readonly BailiwickClient _client;

    internal OperationsClient(BailiwickClient client) => _client = client;

    /// <summary>Every silo that membership knows, dead ones of the last hour included, and the name of the boundary.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task<ListNodesResponse> ListNodesAsync(CancellationToken cancellationToken = default) =>
        _client.AskAsync((invoker, options) =>
            new OperationsService.OperationsServiceClient(invoker).ListNodesAsync(new ListNodesRequest(), options), true, cancellationToken);

    /// <summary>Takes a silo out of service: no new turn is placed on it, running ones end. May be repeated.</summary>
    /// <param name="zone">Its zone.</param>
    /// <param name="node">Its name in the zone.</param>
    /// <param name="undo">True puts it back.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task DrainAsync(string zone, string node, bool undo = false, CancellationToken cancellationToken = default) =>
        await _client.AskAsync((invoker, options) => new OperationsService.OperationsServiceClient(invoker).DrainAsync(
            new DrainRequest { Zone = zone, Node = node, Undo = undo }, options), true, cancellationToken).ConfigureAwait(false);

    /// <summary>Makes an API key. Not repeated when the connection breaks: a key may then exist whose secret nobody has; revoke it.</summary>
    /// <param name="request">Name, label, scopes, expiry.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Id and secret; the secret is in this answer and nowhere else.</returns>
    public Task<CreateKeyResponse> CreateKeyAsync(CreateKeyRequest request, CancellationToken cancellationToken = default) =>
        _client.AskAsync((invoker, options) =>
            new OperationsService.OperationsServiceClient(invoker).CreateKeyAsync(request, options), false, cancellationToken);

    /// <summary>Every key, without secrets.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<IReadOnlyList<Key>> ListKeysAsync(CancellationToken cancellationToken = default) =>
        (await _client.AskAsync((invoker, options) => new OperationsService.OperationsServiceClient(invoker).ListKeysAsync(
            new ListKeysRequest(), options), true, cancellationToken).ConfigureAwait(false)).Keys;

    /// <summary>Ends a key's life within a second on every gateway. May be repeated.</summary>
    /// <param name="id">Id of the key.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task RevokeKeyAsync(string id, CancellationToken cancellationToken = default) =>
        await _client.AskAsync((invoker, options) => new OperationsService.OperationsServiceClient(invoker).RevokeKeyAsync(
            new RevokeKeyRequest { Id = id }, options), true, cancellationToken).ConfigureAwait(false);
}
