using System.CommandLine;

namespace Bailiwick.Cli.Verbs;

/// <summary>`bailiwick keys`: the site's own authority and what it signs, as files; and the cluster's API keys.</summary>
public static class KeysVerb
{
    public static Command Create() => new(
        "keys",
        """
        Makes the site's own certificate authority and the certificates of silos, doors and callers (ECDSA P-256), the key of pseudonyms,
        and the keys that seal conversations: files, no cluster is asked. Keeps the cluster's API keys (`keys api`).

        Exit codes of all but api:
          0  made
          2  wrong usage, or refused: a file is there already, cannot be read or written, or the authority does not reach that far
        """)
    {
        KeysCaVerb.Create(),
        KeysIssueVerb.Create(),
        KeysDoorVerb.Create(),
        KeysCallerVerb.Create(),
        KeysPseudonymVerb.Create(),
        KeysSealing.Create(),
        KeysApi.Create(),
    };
}
