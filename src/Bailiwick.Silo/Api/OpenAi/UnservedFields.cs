using System.Text.Json;

namespace Bailiwick.Silo.Api.OpenAi;

/// <summary>
/// Fields of OpenAI's and vLLM's requests that would change the answer and that this door cannot honour: refused unless they say what
/// happens anyhow. All other unknown fields (metadata, user, …) change nothing and are let by.
/// </summary>
internal static class UnservedFields
{
    private static readonly (string Field, Func<JsonElement, bool> IsHarmless)[] Both =
    [
        ("n", Is(1)),
        ("best_of", Is(1)),
        ("stop_token_ids", IsEmpty),
        ("bad_words", IsEmpty),
        ("allowed_token_ids", IsEmpty),
        ("logits_processors", IsEmpty),
        ("prompt_logprobs", _ => false),
        ("min_tokens", Is(0)),
        ("length_penalty", Is(1)),
        ("use_beam_search", Is(false)),
        ("ignore_eos", Is(false)),
        ("include_stop_str_in_output", Is(false)),
        ("skip_special_tokens", Is(true)),
        ("truncate_prompt_tokens", _ => false),
        ("guided_choice", _ => false),
        ("guided_grammar", _ => false),
    ];

    private static readonly (string Field, Func<JsonElement, bool> IsHarmless)[] Chat =
    [
        ("audio", _ => false),
        ("modalities", value => value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(Is("text"))),
        ("functions", IsEmpty),
        ("function_call", value => Is("none")(value) || Is("auto")(value)),
        ("reasoning_effort", Is("none")),
        ("verbosity", Is("medium")),
        ("web_search_options", _ => false),
        ("chat_template", _ => false),
        ("chat_template_kwargs", IsEmpty),
        ("documents", IsEmpty),
        ("add_generation_prompt", Is(true)),
        ("continue_final_message", Is(false)),
        ("echo", Is(false)),
    ];

    private static readonly (string Field, Func<JsonElement, bool> IsHarmless)[] Completion =
    [
        ("suffix", Is("")),
        ("echo", Is(false)),
    ];

    private static readonly (string Field, Func<JsonElement, bool> IsHarmless)[] Response =
    [
        ("prompt", _ => false),
        ("truncation", Is("disabled")),
        ("context_management", IsEmpty),
        ("moderation", _ => false),
    ];

    /// <summary>Fields of chat that /v1/responses names otherwise: who sends them would wait for their effect in vain.</summary>
    private static readonly (string Field, string Name)[] NamesOfChat =
    [
        ("messages", "input"),
        ("response_format", "text.format"),
        ("max_tokens", "max_output_tokens"),
        ("max_completion_tokens", "max_output_tokens"),
    ];

    public static void RefuseInResponse(RequestFields request)
    {
        Refuse(request, Both);
        Refuse(request, Response);
        if (request.Object("text")?.Any("verbosity") is { } verbosity && !Is("medium")(verbosity))
        {
            request.Unsupported("text.verbosity", "asks for what this door does not serve");
        }

        foreach (var (field, name) in NamesOfChat)
        {
            if (request.Any(field) is not null)
            {
                request.Refuse(field, $"is named {name} at this endpoint");
            }
        }
    }

    public static void RefuseInChat(RequestFields request)
    {
        Refuse(request, Both);
        Refuse(request, Chat);
    }

    public static void RefuseInCompletion(RequestFields request)
    {
        Refuse(request, Both);
        Refuse(request, Completion);
    }

    private static void Refuse(RequestFields request, (string Field, Func<JsonElement, bool> IsHarmless)[] fields)
    {
        foreach (var (field, isHarmless) in fields)
        {
            if (request.Any(field) is { } value && !isHarmless(value))
            {
                request.Unsupported(field, "asks for what this door does not serve");
            }
        }
    }

    private static Func<JsonElement, bool> Is(double number) =>
        value => value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var given) && given == number;

    private static Func<JsonElement, bool> Is(bool flag) =>
        value => value.ValueKind == (flag ? JsonValueKind.True : JsonValueKind.False);

    private static Func<JsonElement, bool> Is(string word) =>
        value => value.ValueKind == JsonValueKind.String && value.ValueEquals(word);

    private static bool IsEmpty(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        _ => false,
    };
}
