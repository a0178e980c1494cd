using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bailiwick.Protocol.Conversations.V1;
using Spectre.Console;

namespace Bailiwick.Cli.Verbs;

/// <summary>`bailiwick conversations`: what the cluster keeps for the key's tenant.</summary>
internal static class ConversationsVerb
{
    private const int Page = 100;

    public static Command Create() => new(
        "conversations",
        """
        Show and remove conversations that the cluster keeps, sealed, for the key's tenant. `bailiwick chat --conversation` goes on with one.
        """)
    {
        List(), Show(), Delete(), Erase(),
    };

    private static ClusterCommand List()
    {
        var command = new ClusterCommand("list", "List the tenant's conversations, newest first.", "bailiwick conversations list");
        var access = new ClusterAccess(command);
        command.OnRun(async (parsed, cancellationToken) =>
        {
            using var client = access.Connect(parsed);
            var all = new List<Conversation>();
            IReadOnlyList<Conversation> page;
            do
            {
                page = await client.Conversations.ListAsync(all.LastOrDefault()?.Id, Page, cancellationToken);
                all.AddRange(page);
            }
            while (page.Count == Page);
            if (command.IsJson(parsed))
            {
                ModelsOptions.WriteJson(parsed, all.Select(Json));
                return CliExit.Done;
            }

            var table = CliTable.Of("Conversation", "Jurisdiction", "Class", "Purpose", "Created");
            foreach (var one in all)
            {
                table.AddRow(new Text(one.Id), new Text(one.Jurisdiction), new Text(one.Class), new Text(one.Purpose), new Text(Time(one)));
            }

            CliTable.Console(parsed).Write(table);
            return CliExit.Done;
        });
        return command;
    }

    private static ClusterCommand Show()
    {
        var id = Id("conv_…");
        var command = new ClusterCommand("show", "Show what was said in a conversation.", "bailiwick conversations show conv_0123456789abcdef0123456789abcdef");
        command.Arguments.Add(id);
        var access = new ClusterAccess(command);
        command.OnRun(async (parsed, cancellationToken) =>
        {
            using var client = access.Connect(parsed);
            var conversation = await client.Conversations.GetAsync(parsed.GetRequiredValue(id), cancellationToken);
            var turns = new List<Turn>();
            IReadOnlyList<Turn> page;
            do
            {
                page = await client.Conversations.ListTurnsAsync(conversation.Id, turns.LastOrDefault()?.Id, Page, cancellationToken);
                turns.AddRange(page);
            }
            while (page.Count > 0);
            if (command.IsJson(parsed))
            {
                ModelsOptions.WriteJson(parsed, new { Conversation = Json(conversation), Turns = turns.Select(Json) });
                return CliExit.Done;
            }

            var output = parsed.InvocationConfiguration.Output;
            foreach (var message in turns.SelectMany(turn => new[] { turn.MessagesJson, turn.AnswerJson }).Where(text => text.Length > 0)
                .SelectMany(text => JsonNode.Parse(text)!.AsArray()))
            {
                await output.WriteLineAsync($"{message!["role"]}: {message["content"]}");
            }

            return CliExit.Done;
        });
        return command;
    }

    private static ClusterCommand Delete()
    {
        var id = Id("conv_…");
        var command = new ClusterCommand("delete", "Remove a conversation with all that was said in it.", "bailiwick conversations delete conv_0123456789abcdef0123456789abcdef");
        command.Arguments.Add(id);
        var access = new ClusterAccess(command);
        command.OnRun(async (parsed, cancellationToken) =>
        {
            using var client = access.Connect(parsed);
            return Tell(parsed, command, await client.Conversations.DeleteAsync(parsed.GetRequiredValue(id), cancellationToken));
        });
        return command;
    }

    private static ClusterCommand Erase()
    {
        var id = Id("conv_…, turn_… or resp_…");
        var ground = new Option<string>("--ground") { Description = "Legal ground or file reference, which the record names: 1 to 64 of a-z, 0-9, '.', '-', '_', '/', ':'", Required = true };
        var command = new ClusterCommand(
            "erase", "Remove a conversation or one turn on a legal ground. The log keeps an erasure record with ids and numbers, and the commitments.",
            "bailiwick conversations erase conv_0123456789abcdef0123456789abcdef --ground gdpr-17.1.b");
        command.Arguments.Add(id);
        command.Options.Add(ground);
        var access = new ClusterAccess(command);
        command.OnRun(async (parsed, cancellationToken) =>
        {
            using var client = access.Connect(parsed);
            return Tell(parsed, command, await client.Conversations.EraseAsync(parsed.GetRequiredValue(id), parsed.GetRequiredValue(ground), cancellationToken));
        });
        return command;
    }

    private static Argument<string> Id(string form) => new("ID") { Description = form };

    private static int Tell(ParseResult parsed, ClusterCommand command, int turns)
    {
        if (command.IsJson(parsed))
        {
            ModelsOptions.WriteJson(parsed, new { Turns = turns });
        }
        else
        {
            parsed.InvocationConfiguration.Output.WriteLine($"{turns} {(turns == 1 ? "turn is" : "turns are")} gone.");
        }

        return CliExit.Done;
    }

    private static object Json(Conversation one) => new
    {
        one.Id, one.Jurisdiction, one.Class, one.Purpose, one.Tenant, one.Metadata, Created = one.Created?.ToDateTimeOffset(),
    };

    private static object Json(Turn one) => new
    {
        one.Id, Turn = one.Turn_, Messages = JsonDocument.Parse(one.MessagesJson.Length == 0 ? "[]" : one.MessagesJson).RootElement,
        Answer = JsonDocument.Parse(one.AnswerJson).RootElement, one.Model, one.Seed, one.State, Created = one.Created?.ToDateTimeOffset(), one.Receipt,
    };

    private static string Time(Conversation one) =>
        one.Created?.ToDateTimeOffset().ToString("yyyy-MM-dd HH:mm:ssZ", CultureInfo.InvariantCulture) ?? "-";
}
