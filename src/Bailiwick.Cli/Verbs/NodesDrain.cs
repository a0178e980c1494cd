using System.CommandLine;
using Bailiwick.Client;

namespace Bailiwick.Cli.Verbs;

/// <summary>`bailiwick nodes drain|undrain`: takes a silo out of service and puts it back.</summary>
internal static class NodesDrain
{
    public static ClusterCommand Create(bool undo)
    {
        var verb = undo ? "undrain" : "drain";
        var command = new ClusterCommand(
            verb,
            undo
                ? "Put a silo back into service. Needs a key of scope operations; it is a record."
                : "Take a silo out of service: no new turn is placed on it, running ones end. It stays a member, until undrain. "
                    + "Needs a key of scope operations; it is a record.",
            $"bailiwick nodes {verb} n2",
            $"bailiwick nodes {verb} de-berlin-1/gpu-07 --server http://127.0.0.1:8080 --key-file admin.key");
        var name = new Argument<string>("NODE") { Description = "Its name as `bailiwick nodes` shows it; ZONE/NODE where two zones have one of that name" };
        command.Arguments.Add(name);
        var access = new ClusterAccess(command);
        command.OnRun(async (parsed, cancellationToken) =>
        {
            using var client = access.Connect(parsed);
            var (zone, node) = await FindAsync(client, parsed.GetRequiredValue(name), cancellationToken);
            await client.Operations.DrainAsync(zone, node, undo, cancellationToken);
            if (command.IsJson(parsed))
            {
                ModelsOptions.WriteJson(parsed, new { Zone = zone, Node = node, Draining = !undo });
            }
            else
            {
                parsed.InvocationConfiguration.Output.WriteLine(undo
                    ? $"{zone}/{node} takes new turns again."
                    : $"{zone}/{node} takes no new turns. `bailiwick nodes` shows how many still run.");
            }

            return CliExit.Done;
        });
        return command;
    }

    private static async Task<(string Zone, string Node)> FindAsync(BailiwickClient client, string name, CancellationToken cancellationToken)
    {
        var known = (await client.Operations.ListNodesAsync(cancellationToken)).Nodes.Select(node => (node.Zone, Node: node.Node_)).Distinct().ToList();
        return known.Where(node => name == node.Node || name == $"{node.Zone}/{node.Node}").ToList() switch
        {
            [var one] => one,
            [] => throw new CliException(
                $"The cluster has no node '{name}'; it has {string.Join(", ", known.Select(node => node.Node))}.", CliExit.NotFound),
            var several => throw new CliException(
                $"Say which: {string.Join(", ", several.Select(node => $"{node.Zone}/{node.Node}"))}.", CliExit.Usage),
        };
    }
}
