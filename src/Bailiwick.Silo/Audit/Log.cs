namespace Bailiwick.Silo.Audit;

/// <summary>Every line that a silo logs of its evidence. Hashes, numbers and reasons only: no payload, no key, no connection string.</summary>
internal static partial class Log
{
    [LoggerMessage(3001, LogLevel.Warning, "No evidence can be written ({Problem}): new turns are refused, outcomes go to the spool")]
    public static partial void Away(this ILogger logger, string problem);

    [LoggerMessage(3002, LogLevel.Information, "Evidence is written; {Sent} records were sent from the spool")]
    public static partial void Recovered(this ILogger logger, int sent);

    [LoggerMessage(3003, LogLevel.Debug, "Still no evidence can be written: {Problem}")]
    public static partial void Waiting(this ILogger logger, string problem);

    [LoggerMessage(3004, LogLevel.Warning, "No evidence can be written yet: new turns are refused until PostgreSQL takes records")]
    public static partial void BeginsAway(this ILogger logger);

    [LoggerMessage(3005, LogLevel.Critical, "{Count} lines of the spool are damaged and were put aside: those records are lost to the log")]
    public static partial void SpoolDamaged(this ILogger logger, int count);

    [LoggerMessage(3006, LogLevel.Critical, "The spool does not take {Count} records: {Problem}")]
    public static partial void SpoolFailed(this ILogger logger, int count, string problem);

    [LoggerMessage(3007, LogLevel.Warning, "A record of kind {Kind} was not written, since it is there already: {Hash}")]
    public static partial void RecordRefused(this ILogger logger, string kind, string hash);

    [LoggerMessage(3008, LogLevel.Debug, "The intake no longer asks for PostgreSQL: the silo stops")]
    public static partial void Stopped(this ILogger logger);

    [LoggerMessage(3101, LogLevel.Critical, "The log is frozen and signs nothing: {Reason}")]
    public static partial void Frozen(this ILogger logger, string reason);

    [LoggerMessage(3102, LogLevel.Warning, "Records are not sequenced: {Problem}")]
    public static partial void NotSequenced(this ILogger logger, string problem);

    [LoggerMessage(3103, LogLevel.Information, "Records are sequenced again")]
    public static partial void SequencedAgain(this ILogger logger);

    [LoggerMessage(3104, LogLevel.Warning, "No checkpoint was published here before: the log of {Size} records is compared with PostgreSQL's own alone")]
    public static partial void NothingToCompare(this ILogger logger, ulong size);

    [LoggerMessage(3105, LogLevel.Debug, "The sequencer stops")]
    public static partial void SequencerStopped(this ILogger logger);

    [LoggerMessage(3106, LogLevel.Warning, "{Count} turns of silos that are gone were closed with the outcome 'unknown'")]
    public static partial void Reaped(this ILogger logger, int count);

    [LoggerMessage(3107, LogLevel.Warning, "Open turns of silos that are gone cannot be looked for: {Problem}")]
    public static partial void NotReaped(this ILogger logger, string problem);

    [LoggerMessage(3201, LogLevel.Information, "An evidence pack of {Size} records was exported by {Actor}")]
    public static partial void Exported(this ILogger logger, ulong size, string actor);
}
