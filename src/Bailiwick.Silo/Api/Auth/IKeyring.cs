namespace Bailiwick.Silo.Api.Auth;

/// <summary>Looks up API keys. Answers from memory; a revoked key is gone within a second.</summary>
internal interface IKeyring
{
    /// <summary>The key of a secret as a caller sent it; null = unknown, expired or revoked, and nobody is told which.</summary>
    ApiKey? Find(string secret);

    /// <summary>Whether the key of an id is one that may still be used.</summary>
    bool Knows(string id);
}
