using System.CommandLine;

namespace Bailiwick.Cli.Verbs;

/// <summary>`bailiwick audit`: what an officer does with evidence. Only `export` speaks to a cluster; all else works on files and folders.</summary>
public static class AuditVerb
{
    public static Command Create() => new(
        "audit",
        """
        Take out, check and read evidence: packs, proofs, checkpoints. All but export works offline.

        Exit codes:
          0  all is well
          1  evidence was refused: it is not what was signed
          2  wrong usage, or a file, a key or an argument cannot be used
          3  the evidence is genuine, and its records contradict each other (verify)
        """)
    {
        AuditExport.Create(),
        AuditVerify.Create(),
        AuditShow.Create(),
        AuditWitness.Create(),
        AuditFsck.Create(),
        AuditKeys.Create(),
    };
}

/// <summary>Exit status of the audit verbs, for scripts.</summary>
internal static class AuditStatus
{
    /// <summary>All is well.</summary>
    public const int Good = 0;

    /// <summary>Evidence was refused.</summary>
    public const int Refused = 1;

    /// <summary>The verb could not run: a file, a key or an argument.</summary>
    public const int Unusable = 2;

    /// <summary>The evidence is genuine, and its records contradict each other.</summary>
    public const int Contradicted = 3;
}

/// <summary>A verb cannot go on: an argument or a file. The message is for the person who called it.</summary>
internal sealed class AuditException(string message, int status = AuditStatus.Unusable) : Exception(message)
{
    public int Status { get; } = status;
}
