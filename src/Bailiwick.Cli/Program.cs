using System.CommandLine;
using Bailiwick.Cli.Verbs;

namespace Bailiwick.Cli;

/// <summary>The `bailiwick` command: one file per verb in Verbs/.</summary>
public static class Program
{
    public static Task<int> Main(string[] args)
    {
        var root = new RootCommand("Bailiwick: a sovereign inference cluster.");
        root.Subcommands.Add(AuditVerb.Create());
        return root.Parse(args).InvokeAsync();
    }
}
