namespace Bailiwick.Cli.Verbs;

/// <summary>Exit codes of the verbs that speak to a cluster, for scripts.</summary>
internal static class CliExit
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int NotFound = 3;
    public const int Auth = 4;
    public const int Unsafe = 5;
    public const int TimeOut = 6;
    public const int Cancelled = 130;

    /// <summary>For every --help.</summary>
    public const string Help = """
        Exit codes:
          0 done, 1 failed or refused, 2 wrong usage, 3 not found, 4 key missing or not accepted, 5 unsafe or in conflict,
          6 took too long, 130 ended by Ctrl+C
        """;
}

/// <summary>A verb cannot go on. The message says what to do; it is for the person who called it.</summary>
internal sealed class CliException(string sentence, int exitCode = CliExit.Failed) : Exception(sentence)
{
    public int ExitCode { get; } = exitCode;
}
