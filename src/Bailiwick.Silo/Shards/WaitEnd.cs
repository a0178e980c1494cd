namespace Bailiwick.Silo.Shards;

/// <summary>Why a wait of a <see cref="WatchedStream{T}"/> ended.</summary>
internal enum WaitEnd
{
    None,

    /// <summary>The stream's next item is there, or its end.</summary>
    Arrived,

    /// <summary>A heartbeat is due.</summary>
    Beat,

    /// <summary>This silo is drained and its time is up.</summary>
    Leave,

    /// <summary>No sign of life for too long.</summary>
    Missed,

    /// <summary>The silo at the other end was declared dead.</summary>
    Dead,

    /// <summary>A cancelled turn was not ended in time.</summary>
    Overdue,
}
