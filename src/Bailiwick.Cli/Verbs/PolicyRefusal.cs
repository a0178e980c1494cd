namespace Bailiwick.Cli.Verbs;

/// <summary>Says why a file is refused: every fault, with its line and its path.</summary>
internal static class PolicyRefusal
{
    public static void Write(PolicyText text, RefusedFileException refused)
    {
        text.Line($"{refused.File} is refused: {PolicyText.Count(refused.Faults.Count, "fault", "faults")}.");
        foreach (var fault in refused.Faults)
        {
            var line = fault.Line > 0 ? $"line {fault.Line}" : "";
            var path = fault.Path.Length > 0 ? fault.Path : "(whole file)";
            text.Paragraph($"  {line,-10}", $"{fault.Code} at {path}");
            text.Paragraph("            ", fault.Message);
        }
    }
}
