using System.CommandLine;
using System.Text.Json.Nodes;
using Bailiwick.Evidence;
using Bailiwick.Evidence.Storage;

namespace Bailiwick.Cli.Verbs;

/// <summary>`bailiwick audit fsck`: is the storage of a log sound?</summary>
internal static class AuditFsck
{
    public static Command Create()
    {
        var command = new AuditCommand(
            "fsck",
            "Check the tiles of a log folder (or a pack) against its signed checkpoint and name each damaged one. "
                + "A pack has no entry bundles: its tiles are checked here, its records by `audit verify`. "
                + "Exit status: 0 sound, 1 damaged, 2 cannot run.",
            "bailiwick audit fsck /srv/log --key log.vkey",
            "bailiwick audit fsck ./pack --key log.vkey");
        var target = new Argument<string>("FOLDER") { Description = "Folder with `checkpoint` and `tile/`." };
        command.Arguments.Add(target);
        var trust = new AuditTrust(command);
        command.OnRun(async (parsed, output, cancellationToken) =>
        {
            var folder = AuditTrust.Folder(parsed.GetValue(target)!);
            var head = await AuditTrust.OpenHeadAsync(folder, trust.Require(parsed), cancellationToken);
            var isPack = folder.List().Contains(PackNames.Manifest);
            var check = new LogCheck(new FolderTileStore(folder), head.Checkpoint);
            var faults = await check.RunAsync(withBundles: !isPack, cancellationToken);
            await output.SayAsync(
                new JsonObject { ["sound"] = faults.Count == 0, ["faults"] = new JsonArray([.. faults.Select(AuditVerify.Json)]) },
                faults.Count == 0
                    ? $"SOUND     {head.Checkpoint.Origin}: every tile of {AuditVerify.Count(head.Checkpoint.Size)} records is in place"
                        + (isPack ? "; check the records of this pack with `audit verify`" : "")
                    : $"DAMAGED   {string.Join(Environment.NewLine + "          ", faults)}",
                cancellationToken);

            return faults.Count == 0 ? AuditStatus.Good : AuditStatus.Refused;
        });
        return command;
    }
}
