using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Bailiwick.Evidence;

namespace Bailiwick.Cli.Verbs;

/// <summary>`bailiwick audit verify`: is this evidence what was signed?</summary>
internal static class AuditVerify
{
    public static Command Create()
    {
        var command = new AuditCommand(
            "verify",
            "Check a pack (a folder) or a proof (a .tlog-proof file with its leaf). "
                + "Exit status: 0 verified, 1 refused, 2 cannot run, 3 genuine but contradictory.",
            "bailiwick audit verify ./pack --key log.vkey --witness court.vkey",
            "bailiwick audit verify ./pack --policy trust.txt --known last-year.checkpoint --output json",
            "bailiwick audit verify receipt.tlog-proof --leaf receipt.json --key log.vkey");
        var target = new Argument<string>("PACK") { Description = "Folder of a pack, or a proof file." };
        var leaf = new Option<string?>("--leaf") { Description = "File with the leaf that a proof is about." };
        var known = new Option<string[]>("--known") { Description = "A checkpoint seen before, which the pack must continue. Repeatable." };
        command.Arguments.Add(target);
        command.Options.Add(leaf);
        command.Options.Add(known);
        var trust = new AuditTrust(command);
        command.OnRun((parsed, output, cancellationToken) =>
        {
            var path = parsed.GetValue(target)!;
            var policy = trust.Require(parsed);
            return File.Exists(path)
                ? VerifyProofAsync(path, parsed.GetValue(leaf), policy, output, cancellationToken)
                : VerifyPackAsync(path, parsed.GetValue(known) ?? [], policy, output, cancellationToken);
        });
        return command;
    }

    internal static async Task<int> VerifyPackAsync(
        string path, string[] known, TrustPolicy policy, AuditOutput output, CancellationToken cancellationToken)
    {
        // A head seen before needs the log's signature only: the quorum may have been another one then.
        var logOnly = TrustPolicy.Of(policy.Logs, [], 0);
        var heads = known.Select(file => logOnly.TryOpen(AuditTrust.Bytes(file, SignedNote.MaxBytes), out var head, out var fault)
            ? head.Checkpoint
            : throw new AuditException(fault.In(file).ToString())).ToList();
        var folder = AuditTrust.Folder(path);
        if (!folder.List().Any(name => name is PackNames.Checkpoint or PackNames.Manifest or PackNames.Events))
        {
            throw new AuditException($"{path} is no evidence pack: it has no {PackNames.Checkpoint}, no {PackNames.Manifest} and no {PackNames.Events}");
        }

        var report = await new PackVerifier(folder, policy).VerifyAsync(heads, cancellationToken);
        await output.SayAsync(Json(report), Text(report), cancellationToken);
        return !report.IsVerified ? AuditStatus.Refused : report.FindingCount > 0 ? AuditStatus.Contradicted : AuditStatus.Good;
    }

    private static async Task<int> VerifyProofAsync(
        string path, string? leaf, TrustPolicy policy, AuditOutput output, CancellationToken cancellationToken)
    {
        if (leaf is null)
        {
            throw new AuditException($"{path} is a file: a pack is a folder, and a proof (.tlog-proof) needs its leaf: --leaf FILE");
        }

        TrustedCheckpoint? head = null;
        var hash = TreeHasher.Leaf(AuditTrust.Bytes(leaf, Leaf.MaxBytes));
        var fault = TlogProof.TryParse(AuditTrust.Bytes(path, TlogProof.MaxBytes), out var proof, out var malformed)
            ? proof.Verify(hash, policy, out head)
            : malformed;
        var text = fault is null
            ? $"VERIFIED  this leaf is record {proof!.Index} of {Count(head!.Checkpoint.Size)} in {head.Checkpoint.Origin}"
            : $"REFUSED   {fault.In(path)}";
        var json = new JsonObject
        {
            ["verified"] = fault is null,
            ["faults"] = new JsonArray(fault is null ? [] : [Json(fault)]),
            ["index"] = proof?.Index,
            ["leaf_hash"] = hash.ToHex(),
        };
        await output.SayAsync(json, text, cancellationToken);
        return fault is null ? AuditStatus.Good : AuditStatus.Refused;
    }

    private static string Text(PackReport report)
    {
        var lines = new List<string>();
        if (report.Head is { } head)
        {
            lines.Add($"{(report.IsVerified ? "VERIFIED" : "REFUSED ")}  {head.Checkpoint.Origin}: {Count(head.Checkpoint.Size)} records");
            lines.Add($"  root           {head.Checkpoint.Root.ToBase64()}");
            lines.AddRange(head.Logs.Select(signature => $"  signed by      {Who(signature)}"));
            lines.AddRange(head.Witnesses.Select(signature => $"  cosigned by    {Who(signature)}"));
            lines.Add($"  records        {string.Join(", ", report.Kinds.Select(kind => $"{kind.Key.ToString().ToLowerInvariant()} {Count((ulong)kind.Value)}"))}");
            lines.Add($"  open turns     {Count((ulong)report.OpenIntents)}");
        }
        else
        {
            lines.Add("REFUSED   there is no checkpoint that you trust");
        }

        AddList(lines, "This pack is not what was signed", report.Faults.Select(fault => fault.ToString()), report.FaultCount);
        if (report.IsVerified)
        {
            AddList(lines, "Genuine, but the records contradict each other", report.Findings, report.FindingCount);
        }

        return string.Join(Environment.NewLine, lines);
    }

    private static void AddList(List<string> lines, string title, IEnumerable<string> items, long count)
    {
        if (count == 0)
        {
            return;
        }

        lines.Add($"{title} ({Count((ulong)count)}):");
        lines.AddRange(items.Take(20).Select(item => "  " + item));
        if (count > 20)
        {
            lines.Add($"  and {Count((ulong)count - 20)} more");
        }
    }

    private static JsonObject Json(PackReport report) => new()
    {
        ["verified"] = report.IsVerified,
        ["log"] = report.Head?.Checkpoint.Origin,
        ["size"] = report.Head?.Checkpoint.Size,
        ["root"] = report.Head?.Checkpoint.Root.ToBase64(),
        ["signed_by"] = new JsonArray([.. (report.Head?.Logs ?? []).Select(signature => JsonValue.Create(signature.Key.Name))]),
        ["cosigned_by"] = new JsonArray([.. (report.Head?.Witnesses ?? []).Select(signature => JsonValue.Create(signature.Key.Name))]),
        ["kinds"] = new JsonObject(report.Kinds.Select(kind => KeyValuePair.Create(kind.Key.ToString().ToLowerInvariant(), (JsonNode?)kind.Value))),
        ["open_turns"] = report.OpenIntents,
        ["fault_count"] = report.FaultCount,
        ["faults"] = new JsonArray([.. report.Faults.Select(Json)]),
        ["finding_count"] = report.FindingCount,
        ["findings"] = new JsonArray([.. report.Findings.Select(finding => JsonValue.Create(finding))]),
    };

    internal static JsonObject Json(Fault fault) =>
        new() { ["code"] = fault.Code.ToString(), ["place"] = fault.Place, ["reason"] = fault.Reason };

    private static string Who(VerifiedSignature signature) =>
        $"{signature.Key.Name} ({signature.Key.KeyId:x8})"
        + (signature.Time is { } time ? string.Create(CultureInfo.InvariantCulture, $" on {time:yyyy-MM-dd HH:mm:ss} UTC") : "");

    internal static string Count(ulong count) => count.ToString("N0", CultureInfo.InvariantCulture);
}
