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
                + "Exit status: 0 sound, 1 damaged, 2 cannot run.",
            "bailiwick audit fsck /srv/log --key log.vkey",
            "bailiwick audit fsck ./pack --key log.vkey --tiles-only");
        var target = new Argument<string>("FOLDER") { Description = "Folder with `checkpoint` and `tile/`." };
        var tilesOnly = new Option<bool>("--tiles-only") { Description = "The folder holds no entry bundles." };
        command.Arguments.Add(target);
        command.Options.Add(tilesOnly);
        var trust = new AuditTrust(command);
        command.OnRun(async (parsed, output, cancellationToken) =>
        {
            var folder = AuditTrust.Folder(parsed.GetValue(target)!);
            var head = await AuditTrust.OpenHeadAsync(folder, trust.Require(parsed), cancellationToken);
            var check = new LogCheck(new FolderTileStore(folder), head.Checkpoint);
            var faults = await check.RunAsync(!parsed.GetValue(tilesOnly), cancellationToken);
            if (output.IsJson)
            {
                var json = new JsonObject { ["sound"] = faults.Count == 0, ["faults"] = new JsonArray([.. faults.Select(AuditVerify.Json)]) };
                await output.Out.WriteLineAsync(json.ToJsonString());
            }
            else
            {
                await output.Out.WriteLineAsync(faults.Count == 0
                    ? $"SOUND     {head.Checkpoint.Origin}: every tile of {AuditVerify.Count(head.Checkpoint.Size)} records is in place"
                    : $"DAMAGED   {string.Join(Environment.NewLine + "          ", faults)}");
            }

            return faults.Count == 0 ? AuditStatus.Good : AuditStatus.Refused;
        });
        return command;
    }
}
