using System.CommandLine;
using Bailiwick.Evidence;
using Bailiwick.Evidence.Storage;

namespace Bailiwick.Cli.Verbs;

/// <summary>The options by which an officer says whom to believe: keys one by one, or a policy file.</summary>
internal sealed class AuditTrust
{
    private readonly Option<string[]> _logs = new("--key")
    {
        Description = "A key of the log: NAME+ID+KEY, or a file that holds it. Repeat it after a rotation.",
    };

    private readonly Option<string[]> _witnesses = new("--witness")
    {
        Description = "A key of a witness that must have cosigned. Repeatable.",
    };

    private readonly Option<string?> _policy = new("--policy")
    {
        Description = "A policy file (C2SP tlog-policy) instead of single keys.",
    };

    public AuditTrust(Command command)
    {
        command.Options.Add(_logs);
        command.Options.Add(_witnesses);
        command.Options.Add(_policy);
    }

    /// <summary>The policy that was asked for; null if no key was named at all.</summary>
    public TrustPolicy? Read(ParseResult parsed)
    {
        if (parsed.GetValue(_policy) is string path)
        {
            return TrustPolicy.TryParse(File.ReadAllBytes(path), out var policy, out var fault)
                ? policy
                : throw new AuditException(fault.In(path).ToString());
        }

        var logs = (parsed.GetValue(_logs) ?? []).Select(Key).ToList();
        var witnesses = (parsed.GetValue(_witnesses) ?? []).Select(Key).ToList();
        return logs.Count == 0 ? null : TrustPolicy.Of(logs, witnesses, witnesses.Count);
    }

    public TrustPolicy Require(ParseResult parsed) =>
        Read(parsed) ?? throw new AuditException("say whom to believe: --key with the log's key, or --policy with a file");

    /// <summary>A verifier key, given itself or as the first line of a file.</summary>
    public static VerifierKey Key(string given)
    {
        var text = File.Exists(given) ? File.ReadLines(given).FirstOrDefault() ?? "" : given;
        return VerifierKey.TryParse(text, out var key, out var fault) ? key : throw new AuditException($"{given}: {fault.Reason}");
    }

    /// <summary>The head of a folder, by the policy.</summary>
    public static async Task<TrustedCheckpoint> OpenHeadAsync(
        IFolder folder, TrustPolicy policy, CancellationToken cancellationToken)
    {
        await using var file = folder.OpenRead(PackNames.Checkpoint) ?? throw new AuditException("no file `checkpoint` in the folder");
        var note = await file.ReadBoundedAsync(SignedNote.MaxBytes, cancellationToken);
        return policy.TryOpen(note.Span, out var head, out var fault)
            ? head
            : throw new AuditException(fault.In(PackNames.Checkpoint).ToString());
    }

    public static DiskFolder Folder(string path) =>
        Directory.Exists(path) ? new DiskFolder(path) : throw new AuditException($"no folder {path}");
}
