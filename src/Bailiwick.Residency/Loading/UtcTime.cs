using System.Globalization;

namespace Bailiwick.Residency.Loading;

/// <summary>Times as policies write them: UTC, whole seconds, `2026-01-31T00:00:00Z` and no other form.</summary>
public static class UtcTime
{
    private const string Form = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    /// <summary>Reads exactly what <see cref="Format"/> writes.</summary>
    public static bool TryParse(string text, out DateTimeOffset time) => DateTimeOffset.TryParseExact(
        text, Form, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);

    /// <summary>Whole seconds; fractions are cut off.</summary>
    public static string Format(DateTimeOffset time) => time.UtcDateTime.ToString(Form, CultureInfo.InvariantCulture);
}
