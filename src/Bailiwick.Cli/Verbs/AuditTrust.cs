using System.CommandLine;
using System.Text;
using Bailiwick.Evidence;
using Bailiwick.Evidence.Storage;

namespace Bailiwick.Cli.Verbs;

/// <summary>The options by which an officer says whom to believe: keys one by one, or a policy file.</summary>
internal sealed class AuditTrust
{
    /// <summary>Room for a key of ML-DSA-44 and for a word behind it.</summary>
    private const int MaxKeyFile = 16 * 1024;

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
        var logs = (parsed.GetValue(_logs) ?? []).Select(Key).ToList();
        var witnesses = (parsed.GetValue(_witnesses) ?? []).Select(Key).ToList();
        if (parsed.GetValue(_policy) is not string path)
        {
            return logs.Count > 0 ? Of(logs, witnesses)
                : witnesses.Count > 0 ? throw new AuditException("--witness needs the log's own key beside it: --key")
                : null;
        }

        if (logs.Count > 0 || witnesses.Count > 0)
        {
            throw new AuditException("say whom to believe once: by --policy, or by --key and --witness");
        }

        return TrustPolicy.TryParse(Bytes(path, TrustPolicy.MaxBytes), out var policy, out var fault)
            ? policy
            : throw new AuditException(fault.In(path).ToString());
    }

    public TrustPolicy Require(ParseResult parsed) =>
        Read(parsed) ?? throw new AuditException("say whom to believe: --key with the log's key, or --policy with a file");

    /// <summary>Keys of one log, and witnesses that must all have cosigned.</summary>
    public static TrustPolicy Of(IReadOnlyList<VerifierKey> logs, IReadOnlyList<VerifierKey> witnesses)
    {
        try
        {
            return TrustPolicy.Of(logs, witnesses, witnesses.Count);
        }
        catch (ArgumentException error)
        {
            throw new AuditException(error.Message);
        }
    }

    /// <summary>A verifier key, given itself or as the first line of a file.</summary>
    public static VerifierKey Key(string given)
    {
        var isFile = File.Exists(given);
        var text = isFile ? Encoding.UTF8.GetString(Bytes(given, MaxKeyFile)).Split('\n')[0] : given;
        return VerifierKey.TryParse(text, out var key, out var fault) ? key
            : isFile || given.Contains('+', StringComparison.Ordinal) ? throw new AuditException($"{given}: {fault.Reason}")
            : throw new AuditException($"{given} is neither a verifier key (NAME+ID+KEY) nor a file that holds one");
    }

    /// <summary>A file that must be there. One byte more than any reader takes, so that a larger one is refused as such.</summary>
    public static byte[] Bytes(string path, int most)
    {
        if (!File.Exists(path))
        {
            throw new AuditException(Directory.Exists(path) ? $"{path} is a folder; name the file in it" : $"no file {path}");
        }

        using var file = File.OpenRead(path);
        var bytes = new byte[most + 1];
        return bytes[..file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)];
    }

    /// <summary>The head of a folder, by the policy.</summary>
    public static async Task<TrustedCheckpoint> OpenHeadAsync(
        IFolder folder, TrustPolicy policy, CancellationToken cancellationToken)
    {
        await using var file = folder.OpenRead(PackNames.Checkpoint) ?? throw new AuditException("there is no file `checkpoint` in the folder: is it a log or a pack?");
        var note = await file.ReadBoundedAsync(SignedNote.MaxBytes, cancellationToken);
        return policy.TryOpen(note.Span, out var head, out var fault)
            ? head
            : throw new AuditException(fault.In(PackNames.Checkpoint).ToString());
    }

    public static DiskFolder Folder(string path) =>
        Directory.Exists(path) ? new DiskFolder(path)
        : throw new AuditException(File.Exists(path) ? $"{path} is a file; name the folder of a pack or a log" : $"no folder {path}");
}
