namespace Bailiwick.Residency.Requests;

/// <summary>
/// What a request plan is made from, besides the policy in force. Places are what the cluster has established, never
/// what the request says of itself. A place that is null is not known, and is denied as `!unknown-zone`.
/// </summary>
public sealed record RequestFacts
{
    /// <summary>The label of the credential; it says who calls, never from where.</summary>
    public required Label? Credential { get; init; }

    /// <summary>What the request asks to raise its label to, or null.</summary>
    public RequestedLabel? Requested { get; init; }

    /// <summary>Where the answer goes: from listener, certificate or network map.</summary>
    public required Place? Caller { get; init; }

    /// <summary>Machines that could run the request; a zone stands here once for each proof. None given counts as one unknown.</summary>
    public required IReadOnlyList<Place?> Silos { get; init; }

    /// <summary>Where conversations and kept text lie.</summary>
    public Place? Store { get; init; }

    /// <summary>The request is a turn of a conversation that is kept: the store must be allowed.</summary>
    public bool StoresConversation { get; init; }

    /// <summary>The prefix cache may be used where it is allowed; elsewhere it is withheld.</summary>
    public bool PrefixCache { get; init; }

    /// <summary>The tenant has its prompts and answers kept as text for audit.</summary>
    public bool KeepsText { get; init; }

    /// <summary>Where the tool runs that the request names; null if it names none.</summary>
    public Place? Tool { get; init; }

    /// <summary>Where the external provider runs that the request names; null if it names none.</summary>
    public Place? ExternalProvider { get; init; }
}
