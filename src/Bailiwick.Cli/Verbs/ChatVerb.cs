using System.CommandLine;
using Bailiwick.Client;
using Bailiwick.Protocol.Inference.V1;

namespace Bailiwick.Cli.Verbs;

/// <summary>`bailiwick chat`: a question to the cluster, or a conversation on a terminal.</summary>
internal static class ChatVerb
{
    public static Command Create()
    {
        var command = new ClusterCommand(
            "chat",
            """
            Ask a model of the cluster. The answer streams to stdout, everything else to stderr. Without TEXT on a terminal: a conversation,
            ended by Ctrl+D; without TEXT elsewhere: the question is read from stdin. A connection that breaks is made anew and the answer
            goes on after its last token.
            """,
            "bailiwick chat smollm2-135m-instruct \"What is the capital of France?\"",
            "bailiwick chat smollm2-135m-instruct \"Name a city.\" --schema city.schema.json --verify --output json",
            "bailiwick chat smollm2-135m-instruct");
        var model = new Argument<string>("MODEL") { Description = "Name, alias or NAME@DIGEST (`bailiwick models served`)" };
        var text = new Argument<string?>("TEXT") { Description = "What the user says", Arity = ArgumentArity.ZeroOrOne };
        var system = new Option<string?>("--system") { Description = "System message before the conversation" };
        var seed = new Option<ulong?>("--seed") { Description = "Seed of the draws, below 2^53 [default: drawn by the gateway]" };
        var temperature = new Option<float?>("--temperature") { Description = "0 is the most likely token; up to 2 [default: 1]" };
        var tokens = new Option<int?>("--max-tokens") { Description = "Longest answer in tokens, at least 1 [default: 256, or what the context leaves]" };
        var schema = new Option<FileInfo?>("--schema") { Description = "JSON schema that the answer must satisfy", HelpName = "FILE" };
        var conversation = new Option<string?>("--conversation")
        {
            Description = "Conversation of the cluster to go on with, or `new`; it keeps, sealed, what is said (`bailiwick conversations`)", HelpName = "ID",
        };
        var verify = new Option<bool>("--verify") { Description = "Check the receipt: both records are in the signed log and about this question and answer" };
        var logKey = new Option<string?>("--log-key") { Description = "The log's verifier key, or a file with it [default: that of the data folder]", HelpName = "KEY" };
        OptionRange.Demand<ulong>(seed, value => value < 1ul << 53, "--seed is a whole number below 2^53.");
        OptionRange.Demand<float>(temperature, value => value is >= 0 and <= 2, "--temperature lies between 0 and 2.");
        OptionRange.Demand<int>(tokens, value => value >= 1, "--max-tokens is a whole number from 1.");
        command.Validators.Add(result =>
        {
            if (result.GetValue(verify) && result.GetValue(conversation) is not null)
            {
                result.AddError("--verify goes without --conversation: its record commits to the history too.");
            }
        });
        foreach (var argument in new Argument[] { model, text })
        {
            command.Arguments.Add(argument);
        }

        foreach (var option in new Option[] { system, seed, temperature, tokens, schema, conversation, verify, logKey })
        {
            command.Options.Add(option);
        }

        var access = new ClusterAccess(command);
        command.OnRun(async (parsed, cancellationToken) =>
        {
            var settings = new Settings();
            if (parsed.GetValue(seed) is { } number)
            {
                settings.Seed = number;
            }

            if (parsed.GetValue(temperature) is { } heat)
            {
                settings.Temperature = heat;
            }

            if (parsed.GetValue(tokens) is { } most)
            {
                settings.MaxTokens = most;
            }

            if (parsed.GetValue(schema) is { } file)
            {
                if (!file.Exists)
                {
                    throw new CliException($"--schema: there is no file {file}.", CliExit.NotFound);
                }

                settings.Grammar = new Grammar { JsonSchema = await File.ReadAllTextAsync(file.FullName, cancellationToken) };
            }

            var request = new ChatRequest { Model = parsed.GetRequiredValue(model), Settings = settings };
            if (parsed.GetValue(system) is { } instructions)
            {
                request.Messages.Add(new Message { Role = "system", Content = instructions });
            }

            using var client = access.Connect(parsed);
            if (parsed.GetValue(conversation) is { } kept)
            {
                request.Conversation = kept == "new" ? (await client.Conversations.CreateAsync(null, cancellationToken)).Id : kept;
                await parsed.InvocationConfiguration.Error.WriteLineAsync($"[{request.Conversation}]");
            }

            var trust = parsed.GetValue(verify) ? access.Trust(parsed, parsed.GetValue(logKey)) : null;
            var exchange = new ChatExchange(parsed, command.IsJson(parsed), client, trust);
            if (parsed.GetValue(text) is null && !Console.IsInputRedirected)
            {
                return await ConverseAsync(command, parsed, exchange, request, cancellationToken);
            }

            var question = parsed.GetValue(text) ?? await Console.In.ReadToEndAsync(cancellationToken);
            request.Messages.Add(new Message { Role = "user", Content = question });
            return (await exchange.RunAsync(request, cancellationToken)).ExitCode;
        });
        return command;
    }

    /// <summary>Question by question, each with what was said before.</summary>
    private static async Task<int> ConverseAsync(
        ClusterCommand command, ParseResult parsed, ChatExchange exchange, ChatRequest request, CancellationToken cancellationToken)
    {
        var worst = CliExit.Done;
        var error = parsed.InvocationConfiguration.Error;
        await error.WriteLineAsync($"A conversation with {request.Model}. Ctrl+D ends it.");
        while (true)
        {
            await error.WriteAsync("> ");
            // A terminal's read cannot be cancelled; whoever presses Ctrl+C does not wait for it.
            if (await Task.Run(Console.In.ReadLine, cancellationToken).WaitAsync(cancellationToken) is not { } line)
            {
                await error.WriteLineAsync();
                return worst;
            }

            if (line.Trim().Length == 0)
            {
                continue;
            }

            request.Messages.Add(new Message { Role = "user", Content = line });
            try
            {
                var (exitCode, answer) = await exchange.RunAsync(request, cancellationToken);
                if (request.Conversation.Length > 0)
                {
                    // The cluster has it.
                    request.Messages.Clear();
                }
                else
                {
                    request.Messages.Add(new Message { Role = "assistant", Content = answer });
                }

                worst = Math.Max(worst, exitCode);
            }
            catch (BailiwickException refused)
            {
                // Told, and no part of what is said next.
                request.Messages.RemoveAt(request.Messages.Count - 1);
                worst = Math.Max(worst, command.Say(parsed, refused));
            }
        }
    }
}
