using System.Globalization;
using System.Text;
using System.Text.Json;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Residency;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Sessions;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.OpenAi;

/// <summary>Makes turns of request bodies. A body is a request or a refusal; nothing that would change the answer is passed over.</summary>
internal sealed class RequestReader(TimeProvider time)
{
    /// <summary>Most alternatives per token: the decoder's own bound.</summary>
    private const int MostTopLogprobs = 20;

    private const int LongestModel = 256;

    public (DoorRequest? Request, Refusal? Refusal) Chat(JsonElement body)
    {
        var request = new RequestFields(body);
        UnservedFields.RefuseInChat(request);
        var canonical = RequestMessages.Read(request);
        var submit = new Submit
        {
            Chat = new Chat
            {
                MessagesJson = Encoding.UTF8.GetString(canonical),
                AddGenerationPrompt = true,
                Now = time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss'Z'", CultureInfo.InvariantCulture),
            },
            MaxTokens = RequestSampling.MaxTokens(request),
            Logprobs = request.Flag("logprobs") ?? false,
            TopLogprobs = (int)(request.Whole("top_logprobs", 0, MostTopLogprobs) ?? 0),
        };
        if (submit.TopLogprobs > 0 && !submit.Logprobs)
        {
            request.Refuse("top_logprobs", "needs logprobs to be true");
        }

        var tools = RequestTools.Read(request, submit);
        return Finish(request, submit, tools.Prompt(canonical), canonical);
    }

    public static (DoorRequest? Request, Refusal? Refusal) Completion(JsonElement body)
    {
        var request = new RequestFields(body);
        UnservedFields.RefuseInCompletion(request);
        var prompt = Prompt(request);
        var alternatives = request.Whole("logprobs", 0, MostTopLogprobs);
        var submit = new Submit
        {
            Text = prompt,
            MaxTokens = RequestSampling.MaxTokens(request),
            Logprobs = alternatives is not null,
            TopLogprobs = (int)(alternatives ?? 0),
        };
        return Finish(request, submit, Encoding.UTF8.GetBytes(prompt), default);
    }

    public static string Model(RequestFields request)
    {
        var model = request.Required("model");
        if (model.Length is 0 or > LongestModel)
        {
            request.Refuse("model", $"must have 1 to {LongestModel} characters");
        }

        return model;
    }

    private static (DoorRequest? Request, Refusal? Refusal) Finish(
        RequestFields request, Submit submit, byte[] prompt, ReadOnlyMemory<byte> messages)
    {
        var model = Model(request);
        RequestSampling.Read(request, submit);
        submit.Grammar = RequestGrammar.Read(request);
        var isStream = request.Flag("stream") ?? false;
        var withUsage = request.Object("stream_options")?.Flag("include_usage") ?? false;
        var conversation = request.Object("bailiwick")?.Text("conversation");
        if (conversation is not null && messages.Length == 0)
        {
            request.Unsupported("bailiwick.conversation", "goes with messages: a completion has no history");
        }

        var turn = new TurnRequest(model, submit, prompt, Raise(request), RequestSampling.Seed(request) is not null)
        {
            Keep = new Keeping { Conversation = conversation, Store = request.Flag("store") ?? false, Messages = messages },
        };
        return request.Fault is { } fault ? (null, fault) : (new DoorRequest(turn, isStream, withUsage && isStream), null);
    }

    private static string Prompt(RequestFields request)
    {
        const string Field = "prompt";
        switch (request.Any(Field))
        {
            case { ValueKind: JsonValueKind.String } text:
                return text.GetString()!;
            case { ValueKind: JsonValueKind.Array } list when list.GetArrayLength() == 1 && list[0].ValueKind == JsonValueKind.String:
                return list[0].GetString()!;
            case { ValueKind: JsonValueKind.Array } list when list.GetArrayLength() > 0:
                request.Unsupported(Field, "is served as one text: neither several nor token ids");
                return "";
            default:
                request.Refuse(Field, "must be a string or an array of one string");
                return "";
        }
    }

    /// <summary>The label of our extension where no conversation goes with it: what would not be kept there is refused.</summary>
    public static RequestedLabel? RaiseAlone(RequestFields request)
    {
        if (request.Object("bailiwick")?.Any("conversation") is not null)
        {
            request.Refuse("bailiwick.conversation", "goes with /v1/chat/completions alone");
        }

        return Raise(request);
    }

    /// <summary>
    /// Our one extension: `"bailiwick": {"label": {"purpose": "…"}, "conversation": "conv_…"}`. What a label's fields may be is policy's to say.
    /// </summary>
    private static RequestedLabel? Raise(RequestFields request)
    {
        if (request.Object("bailiwick") is not { } extension)
        {
            return null;
        }

        if (extension.Names.Any(name => name is not ("label" or "conversation")))
        {
            request.Refuse("bailiwick", "has a field other than label and conversation");
        }

        return extension.Object("label") is { } label
            ? new RequestedLabel(label.Names.ToDictionary(
                name => name, name => label.Any(name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null, StringComparer.Ordinal))
            : null;
    }
}
