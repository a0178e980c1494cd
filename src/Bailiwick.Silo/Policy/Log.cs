namespace Bailiwick.Silo.Policy;

/// <summary>Every line that a silo logs of its policy. Epochs and digests only.</summary>
internal static partial class Log
{
    [LoggerMessage(1401, LogLevel.Information, "Policy of epoch {Epoch}, digest {Digest}, is in force in this boundary")]
    public static partial void PolicyActivated(this ILogger logger, long epoch, string digest);

    [LoggerMessage(1402, LogLevel.Error, "Two policies have the epoch {Epoch}: {Held} is in force, {Offered} was offered by a silo, which now refuses everything")]
    public static partial void PolicyConflict(this ILogger logger, long epoch, string held, string offered);

    [LoggerMessage(1403, LogLevel.Warning, "The policies' table cannot be reached")]
    public static partial void PolicyUnreachable(this ILogger logger);

    [LoggerMessage(1404, LogLevel.Information, "This silo decides by the policy of epoch {Epoch}, digest {Digest}")]
    public static partial void PolicyHeld(this ILogger logger, long epoch, string digest);

    [LoggerMessage(1405, LogLevel.Warning, "The policy was not renewed: {Fault}")]
    public static partial void PolicyNotRenewed(this ILogger logger, string fault);

    [LoggerMessage(1406, LogLevel.Information, "The policy file of this silo has the epoch {Epoch}: {Verdict}")]
    public static partial void PolicyOffered(this ILogger logger, long epoch, string verdict);
}
