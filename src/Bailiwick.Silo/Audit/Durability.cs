namespace Bailiwick.Silo.Audit;

/// <summary>The settings without which a confirmed record can be lost, or half written, in a crash of the machine.</summary>
internal static class Durability
{
    private static readonly string[] Names = ["fsync", "full_page_writes", "synchronous_commit"];

    /// <summary>One array of texts: the settings in their order, then whether the server is a standby.</summary>
    public const string Query =
        "SELECT ARRAY[current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit'), "
        + "CASE WHEN pg_is_in_recovery() THEN 'standby' ELSE 'on' END]";

    /// <returns>A sentence; null when what is confirmed is kept.</returns>
    public static string? Fault(IReadOnlyList<string> settings)
    {
        if (settings.Count != Names.Length + 1)
        {
            return "the server does not say how it keeps records.";
        }

        string[] off = [.. Names.Where((_, index) => settings[index] == "off")];
        return off.Length > 0 ? $"the server runs with {string.Join(", ", off)} off: what it confirms can be lost."
            : settings[^1] == "standby" ? "the server is a standby." : null;
    }
}
