namespace Bailiwick.Silo.Observation;

/// <summary>Attributes of OpenTelemetry's GenAI conventions that hold no text of a caller.</summary>
internal static class GenAi
{
    public const string Operation = "gen_ai.operation.name";
    public const string Provider = "gen_ai.provider.name";

    /// <summary>The model's own name, never the word that the request used for it.</summary>
    public const string Model = "gen_ai.request.model";

    public const string InputTokens = "gen_ai.usage.input_tokens";
    public const string OutputTokens = "gen_ai.usage.output_tokens";
    public const string ErrorType = "error.type";

    /// <summary>Value of <see cref="Provider"/>: the conventions list none for a site's own cluster.</summary>
    public const string ProviderName = "bailiwick";

    public const string Chat = "chat";
    public const string Completion = "text_completion";
}
