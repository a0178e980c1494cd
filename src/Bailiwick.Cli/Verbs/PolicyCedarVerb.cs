using System.CommandLine;
using System.Text.Json.Nodes;
using Bailiwick.Residency;
using Bailiwick.Residency.Cedar;

namespace Bailiwick.Cli.Verbs;

/// <summary>`policy cedar`: the policy in Cedar's words, for a second opinion by an engine that is not ours.</summary>
internal static class PolicyCedarVerb
{
    public static Command Create()
    {
        var file = PolicyOptions.FileArgument("policy", "The policy file.");
        var command = new Command(
            "cedar",
            """
            Translates the rules in force into Cedar, so that another engine can be asked the same questions. Text is the
            policies; JSON holds policies, entities and the lists of the vocabulary. Cedar is asked about one label.
            Exit codes: 0 translated, 2 refused.

            Example:
              bailiwick policy cedar policy.yaml --output json
            """) { file };
        var options = new PolicyOptions(command);
        command.SetAction(parse => options.Run(parse, _ =>
        {
            var snapshot = options.Snapshot(parse, parse.GetRequiredValue(file));
            var policies = CedarExport.Policies(snapshot);
            var output = parse.InvocationConfiguration.Output;
            if (!options.Json(parse))
            {
                output.WriteLine(string.Join("\n\n", policies.Select(p => p.Text)));
                return PolicyExit.Fine;
            }

            var words = snapshot.Vocabulary;
            var json = PolicyJson.Of(snapshot);
            json["vocabulary"] = new JsonObject
            {
                ["jurisdictions"] = PolicyJson.Texts(words.Jurisdictions.Ids),
                ["classes"] = PolicyJson.Texts(words.Classes),
                ["purposes"] = PolicyJson.Texts(words.Purposes),
                ["tenants"] = PolicyJson.Texts(words.Tenants),
                ["kinds"] = PolicyJson.Texts(DestinationKinds.Ids),
                ["zones"] = PolicyJson.Texts(words.Zones),
                ["proofs"] = PolicyJson.Texts(Proofs.Ids),
            };
            json["policies"] = new JsonObject(policies.Select(p => KeyValuePair.Create<string, JsonNode?>(p.Id, p.Text)));
            json["entities"] = new JsonArray([.. CedarExport.Entities(words).Select(Json)]);
            output.WriteLine(json.ToJsonString(PolicyJson.Indented));
            return PolicyExit.Fine;
        }));
        return command;
    }

    private static JsonObject Json(CedarEntity entity)
    {
        var attributes = new JsonObject();
        foreach (var (name, id) in new[] { ("home", entity.Home), ("jurisdiction", entity.Jurisdiction) })
        {
            if (id is not null)
            {
                attributes[name] = new JsonObject { ["__entity"] = Uid("Jurisdiction", id) };
            }
        }

        return new JsonObject
        {
            ["uid"] = Uid(entity.Type, entity.Id),
            ["attrs"] = attributes,
            ["parents"] = entity.Parent is { } parent ? new JsonArray(Uid("Jurisdiction", parent)) : new JsonArray(),
        };
    }

    private static JsonObject Uid(string type, string id) => new() { ["type"] = type, ["id"] = id };
}
