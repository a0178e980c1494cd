using System.CommandLine;
using Bailiwick.Protocol.Inference.V1;
using Spectre.Console;

namespace Bailiwick.Cli.Verbs;

/// <summary>`bailiwick models served`: the models of the cluster, where the others are about this machine's store.</summary>
internal static class ModelsServed
{
    public static Command Create()
    {
        var command = new ClusterCommand(
            "served", "Show the models that the cluster serves to this key, ready or not. Needs a cluster.",
            "bailiwick models served",
            "bailiwick models served smollm2-135m-instruct --output json");
        var model = new Argument<string?>("MODEL") { Description = "Name, alias or NAME@DIGEST [default: all]", Arity = ArgumentArity.ZeroOrOne };
        command.Arguments.Add(model);
        var access = new ClusterAccess(command);
        command.OnRun(async (parsed, cancellationToken) =>
        {
            using var client = access.Connect(parsed);
            var models = parsed.GetValue(model) is { } name
                ? [await client.GetModelAsync(name, cancellationToken)]
                : await client.ListModelsAsync(cancellationToken);
            if (command.IsJson(parsed))
            {
                ModelsOptions.WriteJson(parsed, models.Select(Json));
                return CliExit.Done;
            }

            var table = CliTable.Of("Model", "State", "Replicas", "Context", "Licence", "Build");
            foreach (var found in models)
            {
                table.AddRow(
                    new Text(string.Join(", ", found.Aliases.Prepend(found.Name))),
                    new Text(UpModels.Word(found.State) + (found.Reason.Length > 0 ? $": {found.Reason}" : "")),
                    new Text(string.Join('\n', found.Replicas.Select(Replica))),
                    new Text($"{found.ContextTokens}"),
                    new Text($"{found.Licence} ({found.Openness})"),
                    new Text(found.Build.Length > 12 ? found.Build[..12] : found.Build));
            }

            CliTable.Console(parsed).Write(table);
            return CliExit.Done;
        });
        return command;
    }

    private static string Replica(Replica replica) =>
        $"{replica.Zone}/{replica.Node} {UpModels.Word(replica.State)}" + (replica.Reason.Length > 0 ? $": {replica.Reason}" : "");

    private static object Json(Model model) => new
    {
        model.Name, model.Aliases, model.Build, model.Family, model.Openness, model.Licence, model.ContextTokens,
        State = UpModels.Word(model.State), model.Reason,
        Replicas = model.Replicas.Select(replica => new
        {
            replica.Zone, replica.Node, State = UpModels.Word(replica.State), replica.Reason, replica.KvBlocks, replica.KvBlocksFree,
            replica.Active, replica.Waiting,
        }),
    };
}
