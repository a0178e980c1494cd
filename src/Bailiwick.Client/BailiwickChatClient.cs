using System.Runtime.CompilerServices;
using Bailiwick.Protocol.Inference.V1;
using Bailiwick.Protocol.Receipts;
using Microsoft.Extensions.AI;
using Answer = Microsoft.Extensions.AI.ChatResponse;

namespace Bailiwick.Client;

/// <summary>
/// The cluster behind Microsoft.Extensions.AI. Thread-safe. An option that the cluster has no word for is refused with
/// <see cref="NotSupportedException"/>, never ignored; refusals of the cluster are <see cref="BailiwickException"/>. The receipt of an
/// answer is in its AdditionalProperties under <see cref="ReceiptProperty"/>. With <see cref="ChatOptions.ConversationId"/>, an id that
/// <see cref="ConversationsClient.CreateAsync"/> gave, the cluster has the history: only new messages are sent, and the answer names the
/// conversation again. Without one nothing is kept.
/// </summary>
public sealed class BailiwickChatClient : IChatClient
{
    /// <summary>Name of the property with the <see cref="Receipt"/> of the answer.</summary>
    public const string ReceiptProperty = "bailiwick-receipt";

    private readonly BailiwickClient _client;
    private readonly string? _model;
    private readonly bool _ownsClient;

    /// <param name="client">The cluster.</param>
    /// <param name="model">Model of requests that name none; null = each must name one.</param>
    /// <param name="ownsClient">Whether disposing this disposes <paramref name="client"/>. Default false.</param>
    public BailiwickChatClient(BailiwickClient client, string? model = null, bool ownsClient = false)
    {
        ArgumentNullException.ThrowIfNull(client);
        (_client, _model, _ownsClient) = (client, model, ownsClient);
    }

    /// <inheritdoc />
    public async Task<Answer> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var answer = await GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken).ConfigureAwait(false);
        // Joining updates leaves what came with a message at the message.
        answer.AdditionalProperties ??= answer.Messages.LastOrDefault()?.AdditionalProperties;
        return answer;
    }

    /// <inheritdoc />
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var request = Request(messages, options);
        var (turn, model, conversation) = ("", request.Model, options?.ConversationId);
        await foreach (var part in _client.ChatAsync(request, cancellationToken).ConfigureAwait(false))
        {
            switch (part)
            {
                case AnswerStarted started:
                    (turn, model) = (started.Turn, started.Model);
                    break;
                case AnswerDelta { Text.Length: > 0 } delta:
                    yield return Update(turn, model, conversation, new TextContent(delta.Text));
                    break;
                case AnswerEnded ended:
                    yield return Last(Update(turn, model, conversation), ended);
                    break;
                default:
                    break;
            }
        }
    }

    /// <inheritdoc />
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(ChatClientMetadata) ? new ChatClientMetadata("bailiwick", defaultModelId: _model)
            : serviceType == typeof(BailiwickClient) ? _client
            : serviceType.IsInstanceOfType(this) ? this
            : null;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (_ownsClient)
        {
            _client.Dispose();
        }
    }

    private ChatRequest Request(IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        var request = new ChatRequest
        {
            Model = options?.ModelId ?? _model ?? throw new ArgumentException("Name a model: in the options or for the client."),
            Settings = Settings(options),
        };
        if (options?.ConversationId is { } conversation)
        {
            // Messages of a conversation are kept, instructions are of this turn alone.
            (request.Conversation, request.Instructions) = (conversation, options.Instructions ?? "");
        }
        else if (options?.Instructions is { } instructions)
        {
            request.Messages.Add(new Message { Role = "system", Content = instructions });
        }

        request.Messages.Add(messages.SelectMany(ChatTools.Messages));
        if (options is not null)
        {
            ChatTools.Apply(options, request);
        }

        return request;
    }

    private static Settings Settings(ChatOptions? options)
    {
        var settings = new Settings();
        if (options is null)
        {
            return settings;
        }

        settings.Stop.Add(options.StopSequences ?? []);
        settings.Grammar = Grammar(options.ResponseFormat);
        if (options.Temperature is { } temperature)
        {
            settings.Temperature = temperature;
        }

        if (options.TopP is { } top)
        {
            settings.TopP = top;
        }

        if (options.TopK is { } count)
        {
            settings.TopK = count;
        }

        if (options.FrequencyPenalty is { } frequency)
        {
            settings.FrequencyPenalty = frequency;
        }

        if (options.PresencePenalty is { } presence)
        {
            settings.PresencePenalty = presence;
        }

        if (options.MaxOutputTokens is { } tokens)
        {
            settings.MaxTokens = tokens;
        }

        if (options.Seed is { } seed)
        {
            settings.Seed = seed >= 0 ? (ulong)seed : throw new ArgumentException("A seed lies between 0 and 2^53 - 1.");
        }

        return settings;
    }

    private static Grammar? Grammar(ChatResponseFormat? format) => format switch
    {
        null or ChatResponseFormatText => null,
        ChatResponseFormatJson json => new Grammar { JsonSchema = json.Schema?.GetRawText() ?? """{"type":"object"}""" },
        _ => throw new NotSupportedException($"The format {format.GetType().Name} is not offered."),
    };

    private static ChatResponseUpdate Update(string turn, string model, string? conversation, params IEnumerable<AIContent> contents) =>
        new(ChatRole.Assistant, [.. contents]) { ResponseId = turn, MessageId = turn, ModelId = model, ConversationId = conversation };

    private static ChatResponseUpdate Last(ChatResponseUpdate update, AnswerEnded ended)
    {
        if (ended.Text.Length > 0)
        {
            update.Contents.Add(new TextContent(ended.Text));
        }

        foreach (var call in ended.Calls)
        {
            update.Contents.Add(ChatTools.Call(call));
        }

        update.Contents.Add(new UsageContent(new UsageDetails
        {
            InputTokenCount = ended.PromptTokens,
            OutputTokenCount = ended.AnswerTokens,
            TotalTokenCount = ended.PromptTokens + ended.AnswerTokens,
        }));
        update.FinishReason = ended.Reason switch
        {
            FinishReason.Length => ChatFinishReason.Length,
            FinishReason.ToolCalls => ChatFinishReason.ToolCalls,
            _ => ChatFinishReason.Stop,
        };
        update.AdditionalProperties = ended.Receipt is null ? null : new AdditionalPropertiesDictionary { [ReceiptProperty] = ended.Receipt };
        return update;
    }
}
