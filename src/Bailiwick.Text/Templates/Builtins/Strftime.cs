using System.Globalization;
using System.Text;
using Bailiwick.Text.Templates.Values;

namespace Bailiwick.Text.Templates.Builtins;

/// <summary>C's <c>strftime</c> in the C locale, for a time without a zone, as Python's <c>datetime.now()</c> gives it.</summary>
internal static class Strftime
{
    public static string Format(DateTimeOffset now, string format)
    {
        var text = new StringBuilder();
        for (var at = 0; at < format.Length; at++)
        {
            if (format[at] != '%' || at + 1 == format.Length)
            {
                text.Append(format[at]);
                continue;
            }

            // glibc: %-d is %d without its leading zero or blank.
            var bare = format[at + 1] == '-' && at + 2 < format.Length;
            at += bare ? 2 : 1;
            var field = Field(now, format[at]) ?? throw new EvaluationError($"the conversion %{format[at]} of a date is not supported");
            text.Append(bare ? Bare(field) : field);
        }

        return text.ToString();
    }

    private static string? Field(DateTimeOffset now, char letter) => letter switch
    {
        'a' => Net(now, "ddd"),
        'A' => Net(now, "dddd"),
        'b' or 'h' => Net(now, "MMM"),
        'B' => Net(now, "MMMM"),
        'c' => Format(now, "%a %b %e %H:%M:%S %Y"),
        'd' => Net(now, "dd"),
        'D' or 'x' => Format(now, "%m/%d/%y"),
        'e' => Number(now.Day, 2, ' '),
        'f' => Net(now, "ffffff"),
        'F' => Format(now, "%Y-%m-%d"),
        'H' => Net(now, "HH"),
        'I' => Net(now, "hh"),
        'j' => Number(now.DayOfYear, 3, '0'),
        'm' => Net(now, "MM"),
        'M' => Net(now, "mm"),
        'n' => "\n",
        'p' => now.Hour < 12 ? "AM" : "PM",
        'r' => Format(now, "%I:%M:%S %p"),
        'R' => Format(now, "%H:%M"),
        'S' => Net(now, "ss"),
        't' => "\t",
        'T' or 'X' => Format(now, "%H:%M:%S"),
        'u' => Number(now.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)now.DayOfWeek, 1, '0'),
        'w' => Number((int)now.DayOfWeek, 1, '0'),
        'y' => Number(now.Year % 100, 2, '0'),
        'Y' => Number(now.Year, 1, '0'),
        'z' or 'Z' => "",
        '%' => "%",
        _ => null,
    };

    private static string Net(DateTimeOffset now, string format) => now.ToString(format, CultureInfo.InvariantCulture);

    private static string Number(int number, int width, char fill) =>
        number.ToString(CultureInfo.InvariantCulture).PadLeft(width, fill);

    private static string Bare(string field) =>
        field.Length > 1 && field[0] is '0' or ' ' ? field.TrimStart('0', ' ') is { Length: > 0 } rest ? rest : "0" : field;
}
