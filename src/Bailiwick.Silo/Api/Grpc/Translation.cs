using System.Globalization;
using System.Text;
using Bailiwick.Protocol;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Protocol.Inference.V1;
using Bailiwick.Protocol.Receipts;
using Bailiwick.Residency;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Sessions;
using Bailiwick.Silo.Turns;
using Google.Protobuf.Collections;
using Label = Bailiwick.Protocol.Inference.V1.Label;
using Settings = Bailiwick.Protocol.Inference.V1.Settings;

namespace Bailiwick.Silo.Api.Grpc;

/// <summary>A request of the public protocol as a turn, or what is wrong with it. Pure.</summary>
internal static class Translation
{
    /// <summary>More than any template and context could hold.</summary>
    public const int MostMessages = 4096;

    private static readonly string[] Roles = ["system", "user", "assistant", "tool"];

    /// <param name="request">As read from the wire.</param>
    /// <param name="now">The gateway's clock.</param>
    /// <param name="deadline">Of the call; null = none.</param>
    public static (TurnRequest? Turn, Refusal? Refusal) Of(ChatRequest request, DateTimeOffset now, DateTimeOffset? deadline)
    {
        if ((ModelFault(request.Model) ?? MessagesFault(request.Messages) ?? TextFault(request.Instructions, "instructions")) is { } fault)
        {
            return (null, fault);
        }

        var messages = CanonicalJson.OfMessages(request.Messages);
        var lead = request.Instructions.Length == 0 ? [] : CanonicalJson.OfMessages([("system", request.Instructions)]);
        var all = TurnHistory.Compose(lead, [], messages);
        var submit = new Submit
        {
            Chat = new Chat
            {
                MessagesJson = Encoding.UTF8.GetString(all),
                AddGenerationPrompt = true,
                Now = now.ToString("yyyy-MM-ddTHH:mm:ss'Z'", CultureInfo.InvariantCulture),
            },
        };
        var (prompt, wrong) = ToolTranslation.Apply(request, submit, all);
        if (prompt is null)
        {
            return (null, wrong);
        }

        var (turn, refusal) = Finish(request.Model, submit, prompt, request.Settings, request.Label, request.Resume, now, deadline);
        var keep = new Keeping
        {
            Conversation = request.Conversation.Length == 0 ? null : request.Conversation,
            Previous = request.Previous.Length == 0 ? null : request.Previous,
            Store = request.Store,
            Lead = lead,
            Messages = messages,
        };
        refusal ??= KeepingFault(request, keep);
        return (turn is null || refusal is not null ? null : turn with { Keep = keep }, refusal);
    }

    private static Refusal? KeepingFault(ChatRequest request, Keeping keep) =>
        keep is { Conversation: not null, Previous: not null }
            ? Invalid("previous", "The field previous goes not together with conversation: give one.")
        : request.Background && !keep.IsVisible
            ? Invalid("background", "The field background needs store or conversation: nobody could come back for the answer.")
        : null;

    public static (TurnRequest? Turn, Refusal? Refusal) Of(GenerateRequest request, DateTimeOffset now, DateTimeOffset? deadline)
    {
        var fault = ModelFault(request.Model)
            ?? (request.Prompt.Length == 0 ? Invalid("prompt", "The field prompt is empty.") : TextFault(request.Prompt, "prompt"));
        return fault is not null
            ? (null, fault)
            : Kept(Finish(
                request.Model, new Submit { Text = request.Prompt }, Encoding.UTF8.GetBytes(request.Prompt), request.Settings, request.Label,
                request.Resume, now, deadline));

        static (TurnRequest? Turn, Refusal? Refusal) Kept((TurnRequest? Turn, Refusal? Refusal) made) =>
            (made.Turn is null ? null : made.Turn with { Keep = new Keeping() }, made.Refusal);
    }

    /// <summary>Only what the request names; null where it names nothing.</summary>
    public static RequestedLabel? Raise(Label? label)
    {
        if (label is null)
        {
            return null;
        }

        var fields = new Dictionary<string, string?>();
        foreach (var (name, value) in new[]
        {
            ("jurisdiction", label.Jurisdiction), ("class", label.Class), ("purpose", label.Purpose), ("tenant", label.Tenant),
        })
        {
            if (value.Length > 0)
            {
                fields[name] = value;
            }
        }

        return fields.Count == 0 ? null : new RequestedLabel(fields);
    }

    public static Refusal? ModelFault(string model) =>
        model.Length == 0 ? Invalid("model", "The field model is empty.") : TextFault(model, "model");

    /// <summary>Half of a surrogate pair has no UTF-8: nothing could commit to it.</summary>
    public static Refusal? TextFault(string text, string field)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(text[i]))
            {
                return Invalid(field, $"The field {field} is not Unicode text: it holds half of a surrogate pair.");
            }
        }

        return null;
    }

    private static (TurnRequest? Turn, Refusal? Refusal) Finish(
        string model, Submit submit, byte[] prompt, Settings? settings, Label? label, Resume? resume, DateTimeOffset now, DateTimeOffset? deadline)
    {
        settings ??= new Settings();
        if (SettingsRules.Fault(settings) is var (field, sentence))
        {
            return (null, Invalid(field, sentence));
        }

        if ((resume is null ? null : ResumeFault(resume, settings)) is { } fault)
        {
            return (null, fault);
        }

        Apply(settings, submit);
        submit.Emitted.Add(resume?.Token ?? []);
        submit.DeadlineMs = deadline is { } end ? Math.Max(1, (long)Math.Ceiling((end - now).TotalMilliseconds)) : 0;
        return (new TurnRequest(model, submit, prompt, Raise(label), settings.HasSeed), null);
    }

    private static void Apply(Settings settings, Submit submit)
    {
        submit.Sampling = new Sampling
        {
            Seed = settings.Seed,
            Temperature = settings.HasTemperature ? settings.Temperature : 1,
            TopK = settings.TopK,
            TopP = settings.HasTopP ? settings.TopP : 1,
            MinP = settings.MinP,
            RepetitionPenalty = settings.HasRepetitionPenalty ? settings.RepetitionPenalty : 1,
            FrequencyPenalty = settings.FrequencyPenalty,
            PresencePenalty = settings.PresencePenalty,
            LogitBias = { settings.LogitBias },
        };
        submit.MaxTokens = settings.MaxTokens;
        submit.Stop.Add(settings.Stop);
        submit.Logprobs = settings.Logprobs;
        submit.TopLogprobs = settings.TopLogprobs;
        submit.Grammar = settings.Grammar?.KindCase switch
        {
            Protocol.Inference.V1.Grammar.KindOneofCase.JsonSchema => new() { JsonSchema = settings.Grammar.JsonSchema },
            Protocol.Inference.V1.Grammar.KindOneofCase.Regex => new() { Regex = settings.Grammar.Regex },
            Protocol.Inference.V1.Grammar.KindOneofCase.Lark => new() { Lark = settings.Grammar.Lark },
            _ => null,
        };
    }

    private static Refusal? MessagesFault(RepeatedField<Message> messages)
    {
        if (messages.Count is 0 or > MostMessages)
        {
            return Invalid("messages", $"The field messages has {messages.Count} entries; 1 to {MostMessages} are needed.");
        }

        for (var i = 0; i < messages.Count; i++)
        {
            if (!Roles.Contains(messages[i].Role))
            {
                return Invalid($"messages[{i}].role", $"The field messages[{i}].role must be one of {string.Join(", ", Roles)}.");
            }

            if ((TextFault(messages[i].Content, $"messages[{i}].content") ?? ToolTranslation.MessageFault(messages[i], $"messages[{i}]")) is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    /// <summary>With another seed the answer would go on as another answer.</summary>
    private static Refusal? ResumeFault(Resume resume, Settings settings) =>
        resume.Token.Any(token => token < 0) ? Invalid("resume.token", "The field resume.token holds a negative id.")
        : resume.Token.Count > 0 && !settings.HasSeed && !(settings is { HasTemperature: true, Temperature: 0 })
            ? Invalid("settings.seed", "The field settings.seed is needed to resume: the seed that Started told.")
        : null;

    private static Refusal Invalid(string field, string sentence) => new(Errors.Invalid, sentence) { Field = field };
}
