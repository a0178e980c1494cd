using System.CommandLine;
using System.Globalization;
using Bailiwick.Protocol.Operations.V1;
using Google.Protobuf.WellKnownTypes;
using Spectre.Console;

namespace Bailiwick.Cli.Verbs;

/// <summary>`bailiwick nodes`: the silos of the cluster and what they hold.</summary>
internal static class NodesVerb
{
    public static Command Create()
    {
        var command = new ClusterCommand(
            "nodes", "Show the silos of the cluster, dead ones of the last hour included, and the models that they hold.",
            "bailiwick nodes",
            "bailiwick nodes drain n2",
            "bailiwick nodes --server http://127.0.0.1:8080 --key-file admin.key --output json");
        var access = new ClusterAccess(command);
        command.OnRun(async (parsed, cancellationToken) =>
        {
            using var client = access.Connect(parsed);
            var cluster = await client.Operations.ListNodesAsync(cancellationToken);
            if (command.IsJson(parsed))
            {
                ModelsOptions.WriteJson(parsed, Json(cluster));
                return CliExit.Done;
            }

            var console = CliTable.Console(parsed);
            console.MarkupLineInterpolated($"Boundary {cluster.Boundary}");
            var table = CliTable.Of("Node", "Zone", "Roles", "Status", "Started", "Last sign", "Models");
            foreach (var node in cluster.Nodes)
            {
                table.AddRow(
                    new Text(node.Node_), new Text(node.Zone), new Text(string.Join(", ", node.Roles)),
                    new Text(node.Status + (node.Draining ? ", draining" : "")), new Text(Time(node.Started)), new Text(Time(node.Alive)),
                    new Text(node.Shards.Count == 0 ? "-" : string.Join('\n', node.Shards.Select(Shard))));
            }

            console.Write(table);
            return CliExit.Done;
        });
        command.Subcommands.Add(NodesDrain.Create(undo: false));
        command.Subcommands.Add(NodesDrain.Create(undo: true));
        return command;
    }

    private static string Shard(Shard shard) =>
        $"{shard.Model} {shard.State.ToLowerInvariant()}"
        + (shard.State == "Ready" ? $", {shard.Active} active, {shard.Waiting} waiting, {shard.KvBlocksFree}/{shard.KvBlocks} KV blocks free" : "")
        + (shard.Reason.Length > 0 ? $": {shard.Reason}" : "");

    private static string Time(Timestamp? time) =>
        time?.ToDateTimeOffset().ToString("yyyy-MM-dd HH:mm:ssZ", CultureInfo.InvariantCulture) ?? "-";

    private static object Json(ListNodesResponse cluster) => new
    {
        cluster.Boundary,
        Nodes = cluster.Nodes.Select(node => new
        {
            node.Zone,
            Node = node.Node_,
            node.Roles,
            node.Status,
            node.Address,
            Started = node.Started?.ToDateTimeOffset(),
            Alive = node.Alive?.ToDateTimeOffset(),
            node.Draining,
            Shards = node.Shards.Select(shard => new
            {
                shard.Model, shard.Build, shard.State, shard.Reason, shard.KvBlocks, shard.KvBlocksFree, shard.Active, shard.Waiting,
            }),
        }),
    };
}
