using System.Diagnostics;
using System.Text.Json.Nodes;
using Bailiwick.Protocol.Conversations.V1;
using Bailiwick.Protocol.Inference.V1;
using Grpc.Core;
using Grpc.Net.Client;

namespace Bailiwick.Benchmarks.Doors;

/// <summary>
/// Time to the first token of each turn of a kept conversation: the whole history is prefilled at every turn, so this is what a prefix
/// cache will have to beat. Medians over conversations.
/// </summary>
internal static class ConversationBenchmark
{
    private const int Turns = 10;
    private const int Tokens = 24;

    /// <param name="site">With a model and sealing keys.</param>
    /// <param name="conversations">How many; 5 counts.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<JsonObject> MeasureAsync(RunningSite site, int conversations, CancellationToken cancellationToken)
    {
        using var channel = GrpcChannel.ForAddress(site.Grpc);
        var headers = new Metadata { { "authorization", $"Bearer {site.Key}" } };
        var figures = new JsonObject { ["load_average_before"] = PathBenchmark.LoadAverage() };
        var turns = Enumerable.Range(0, Turns).Select(_ => new List<(double First, int Prompt)>()).ToArray();
        // The first one warms up.
        for (var number = -1; number < conversations; number++)
        {
            var made = await new ConversationsService.ConversationsServiceClient(channel)
                .CreateConversationAsync(new CreateConversationRequest(), headers, cancellationToken: cancellationToken);
            for (var turn = 0; turn < Turns; turn++)
            {
                var told = await AskAsync(channel, headers, made.Conversation.Id, $"{number + 2}.{turn + 1}. And what happened after that?", cancellationToken);
                if (number >= 0)
                {
                    turns[turn].Add(told);
                }
            }
        }

        foreach (var turn in new[] { 1, 2, 5, Turns })
        {
            figures[$"turn_{turn}"] = new JsonObject
            {
                ["prompt_tokens"] = Median(turns[turn - 1].Select(told => (double)told.Prompt)),
                ["first_token_ms"] = Math.Round(Median(turns[turn - 1].Select(told => told.First * 1e3)), 1),
            };
        }

        figures["load_average_after"] = PathBenchmark.LoadAverage();
        return figures;
    }

    private static async Task<(double First, int Prompt)> AskAsync(
        GrpcChannel channel, Metadata headers, string conversation, string words, CancellationToken cancellationToken)
    {
        var request = new ChatRequest
        {
            Model = RunningSite.Model,
            Conversation = conversation,
            Messages = { new Message { Role = "user", Content = words } },
            Settings = new Settings { MaxTokens = Tokens, Temperature = 0 },
        };
        var start = Stopwatch.GetTimestamp();
        var (first, prompt) = (0.0, 0);
        using var call = new InferenceService.InferenceServiceClient(channel).Chat(request, headers, cancellationToken: cancellationToken);
        await foreach (var next in call.ResponseStream.ReadAllAsync(cancellationToken))
        {
            if (next.Delta is not null && first == 0)
            {
                first = Stopwatch.GetElapsedTime(start).TotalSeconds;
            }

            prompt = next.Started?.PromptTokens ?? prompt;
        }

        return (first, prompt);
    }

    private static double Median(IEnumerable<double> values) => values.Order().ToArray() is var ordered ? ordered[ordered.Length / 2] : 0;
}
