using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using Bailiwick.Evidence;
using Bailiwick.Evidence.Storage;

namespace Bailiwick.Cli.Verbs;

/// <summary>`bailiwick audit show`: the story of a turn, or one record, in words that an officer reads.</summary>
internal static class AuditShow
{
    /// <summary>In the order of the enum.</summary>
    private static readonly string[] Kinds = [.. Enum.GetValues<LeafKind>().Select(kind => kind.ToString().ToLowerInvariant())];

    public static Command Create()
    {
        var command = new AuditCommand(
            "show",
            "Show a turn or a record of a pack, or its last records. With a key each record shown is also checked against "
                + "the signed tree. Exit status: 0 shown, 1 not in the signed tree, 2 cannot run or not found.",
            "bailiwick audit show ./pack --turn t-000017 --key log.vkey",
            "bailiwick audit show ./pack --index 4710 --output json",
            "bailiwick audit show ./pack --kind deny --last 5");
        var target = new Argument<string>("PACK") { Description = "Folder of a pack." };
        var turn = new Option<string?>("--turn") { Description = "All records of a turn." };
        var index = new Option<ulong?>("--index") { Description = "One record, by its index from 0." };
        var kind = new Option<string?>("--kind") { Description = $"The last records of a kind: {string.Join(", ", Kinds)}.", HelpName = "kind" };
        kind.AcceptOnlyFromAmong(Kinds);
        var last = new Option<int>("--last") { Description = "How many of the last records.", DefaultValueFactory = _ => 20 };
        OptionRange.Demand<ulong>(index, _ => true, "--index takes a number from 0.");
        OptionRange.Demand<int>(last, value => value >= 1, "--last takes a number from 1.");
        command.Validators.Add(result =>
        {
            if (new Option[] { turn, index, kind }.Count(option => result.GetResult(option) is not null) > 1)
            {
                result.AddError("Give one of --turn, --index and --kind.");
            }
        });
        command.Arguments.Add(target);
        command.Options.Add(turn);
        command.Options.Add(index);
        command.Options.Add(kind);
        command.Options.Add(last);
        var trust = new AuditTrust(command);
        command.OnRun(async (parsed, output, cancellationToken) =>
        {
            var folder = AuditTrust.Folder(parsed.GetValue(target)!);
            LeafKind? ofKind = parsed.GetValue(kind) is { } name ? (LeafKind)Array.IndexOf(Kinds, name) : null;
            var selection = new AuditSelection(parsed.GetValue(turn), parsed.GetValue(index), ofKind, parsed.GetValue(last));
            var records = await SelectAsync(folder, selection, cancellationToken);
            if (records.Count == 0)
            {
                throw new AuditException("no such record in this pack");
            }

            var isProven = await ProveAsync(folder, trust.Read(parsed), records, cancellationToken);
            await output.SayAsync(Json(records, isProven), AuditStory.Tell(records, isProven), cancellationToken);
            return isProven == false ? AuditStatus.Refused : AuditStatus.Good;
        });
        return command;
    }

    private static async Task<IReadOnlyList<AuditRecord>> SelectAsync(
        DiskFolder folder, AuditSelection selection, CancellationToken cancellationToken)
    {
        await using var file = folder.OpenRead(PackNames.Events)
            ?? throw new AuditException($"there is no file `{PackNames.Events}` in the folder: is it a pack?");
        var lines = new EventLines(file);
        var chosen = new Queue<AuditRecord>();
        TreeHash? intent = null;
        while (await lines.NextAsync(cancellationToken))
        {
            if (!Leaf.TryParse(lines.Line.Span, out var leaf, out var fault))
            {
                throw new AuditException($"{fault.In($"{PackNames.Events}, line {lines.Number}")}; run `audit verify` first");
            }

            var record = new AuditRecord(lines.Number - 1, leaf, TreeHasher.Leaf(lines.Line.Span), Encoding.ASCII.GetString(lines.Line.Span));
            intent = selection.Turn is not null && leaf is IntentLeaf begun && begun.Turn == selection.Turn ? record.Hash : intent;
            if (selection.Takes(record, intent))
            {
                chosen.Enqueue(record);
                if (chosen.Count > selection.Last && selection.IsOfTheLast)
                {
                    chosen.Dequeue();
                }
            }
        }

        if (lines.Fault is { } broken)
        {
            throw new AuditException($"{broken.In(PackNames.Events)}; run `audit verify` first");
        }

        return [.. chosen];
    }

    /// <summary>True if all are in the signed tree, false if one is not, null if no key was named.</summary>
    private static async Task<bool?> ProveAsync(
        DiskFolder folder, TrustPolicy? policy, IReadOnlyList<AuditRecord> records, CancellationToken cancellationToken)
    {
        if (policy is null)
        {
            return null;
        }

        var head = (await AuditTrust.OpenHeadAsync(folder, policy, cancellationToken)).Checkpoint;
        var proofs = new ProofBuilder(new TileNodes(new FolderTileStore(folder), head.Size));
        foreach (var record in records)
        {
            if (record.Index >= head.Size)
            {
                return false;
            }

            try
            {
                var path = await proofs.InclusionAsync(record.Index, head.Size, cancellationToken);
                if (!InclusionProof.Verify(record.Index, head.Size, record.Hash, [.. path], head.Root))
                {
                    return false;
                }
            }
            catch (EvidenceMissingException missing)
            {
                throw new AuditException(missing.Message);
            }
        }

        return true;
    }

    private static JsonObject Json(IReadOnlyList<AuditRecord> records, bool? isProven) => new()
    {
        ["in_signed_tree"] = isProven,
        ["records"] = new JsonArray([.. records.Select(record => new JsonObject
        {
            ["index"] = record.Index,
            ["leaf_hash"] = record.Hash.ToHex(),
            ["leaf"] = JsonNode.Parse(record.Line),
        })]),
    };
}

/// <summary>A record with its place.</summary>
internal sealed record AuditRecord(ulong Index, Leaf Leaf, TreeHash Hash, string Line);

/// <summary>Which records were asked for: of a turn, at an index, or the last ones (of a kind).</summary>
internal sealed record AuditSelection(string? Turn, ulong? Index, LeafKind? Kind, int Last)
{
    public bool IsOfTheLast => Turn is null && Index is null;

    public bool Takes(AuditRecord record, TreeHash? intent) =>
        Index is { } index ? record.Index == index
        : Turn is not null ? IsOfTurn(record, intent)
        : Kind is null || record.Leaf.Kind == Kind;

    private bool IsOfTurn(AuditRecord record, TreeHash? intent) => record.Leaf switch
    {
        IntentLeaf begun => begun.Turn == Turn,
        DenyLeaf deny => deny.Turn == Turn,
        OutcomeLeaf outcome => outcome.Intent == intent,
        MovedLeaf moved => moved.Intent == intent,
        AmendedLeaf amended => amended.Intent == intent,
        _ => false,
    };
}
