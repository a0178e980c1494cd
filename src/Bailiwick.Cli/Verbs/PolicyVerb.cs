using System.CommandLine;

namespace Bailiwick.Cli.Verbs;

/// <summary>`bailiwick policy`: reads, compares and questions residency policies on files; needs no cluster.</summary>
public static class PolicyVerb
{
    internal const string ExitCodes = """
        Exit codes:
          0  nothing to object
          2  wrong usage, or a file is refused or cannot be read; every fault is listed
          3  the answer is no: denied (why), widens (diff), a claim fails (prove), findings (check --strict)
          4  every claim holds, and one of them says nothing of this policy (prove)
        """;

    public static Command Create() => new(
        "policy",
        $"""
        Checks, compares and explains residency policies. Works on files; no cluster is asked.

        {ExitCodes}
        """)
    {
        PolicyCheckVerb.Create(),
        PolicyTableVerb.Create(),
        PolicyDiffVerb.Create(),
        PolicyWhyVerb.Create(),
        PolicyProveVerb.Create(),
        PolicyCedarVerb.Create(),
    };
}
