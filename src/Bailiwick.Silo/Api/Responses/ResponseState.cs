namespace Bailiwick.Silo.Api.Responses;

/// <summary>OpenAI's words for how far a response is.</summary>
internal enum ResponseState
{
    /// <summary>In the background, before its turn has begun.</summary>
    Queued,

    InProgress,

    Completed,

    /// <summary>A limit ended it.</summary>
    Incomplete,

    Failed,

    Cancelled,
}
