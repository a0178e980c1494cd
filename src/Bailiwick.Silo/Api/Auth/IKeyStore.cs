namespace Bailiwick.Silo.Api.Auth;

/// <summary>Where keys are kept. Throws what the database throws.</summary>
internal interface IKeyStore
{
    Task AddAsync(MintedKey minted, CancellationToken cancellationToken);

    /// <summary>All keys, expired and revoked ones too, oldest first.</summary>
    Task<IReadOnlyList<ApiKey>> ListAsync(CancellationToken cancellationToken);

    /// <summary>Ends a key's life. A key that was revoked before stays so.</summary>
    /// <returns>False where there is no such key.</returns>
    Task<bool> RevokeAsync(string id, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>Keys that a caller may still use, each with the hash of its secret.</summary>
    Task<IReadOnlyList<(ApiKey Key, byte[] Hash)>> ListUsableAsync(DateTimeOffset at, CancellationToken cancellationToken);
}
