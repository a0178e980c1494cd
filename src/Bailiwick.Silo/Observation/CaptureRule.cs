namespace Bailiwick.Silo.Observation;

/// <summary>
/// Instrumentation libraries begin to record prompts and answers where one environment variable says so. None of ours does; a silo
/// whose environment asks for it is not started all the same, since nobody can tell what a later library would do.
/// </summary>
internal static class CaptureRule
{
    /// <summary>OpenTelemetry's GenAI conventions: true, or one of SPAN_ONLY, EVENT_ONLY, SPAN_AND_EVENT.</summary>
    public const string Variable = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT";

    private static readonly string[] Off = ["", "0", "false", "no_content"];

    /// <summary>Why the silo must not start; null where it may.</summary>
    public static string? Fault(string? value) => Off.Contains((value ?? "").Trim(), StringComparer.OrdinalIgnoreCase)
        ? null
        : $"environment: {Variable} asks for prompts and answers in telemetry; unset it.";
}
