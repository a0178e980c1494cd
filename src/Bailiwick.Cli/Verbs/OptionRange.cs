using System.CommandLine;
using System.Globalization;

namespace Bailiwick.Cli.Verbs;

/// <summary>Which numbers an option takes. What is no number at all is told by the same sentence: the library throws where it is asked for its value.</summary>
internal static class OptionRange
{
    public static void Demand<T>(Option option, Func<T, bool> holds, string sentence)
        where T : IParsable<T> => option.Validators.Add(result =>
    {
        if (result.Tokens is [var given] && !(T.TryParse(given.Value, CultureInfo.InvariantCulture, out var value) && holds(value)))
        {
            result.AddError(sentence);
        }
    });

    /// <summary>Whole numbers from the least to the most.</summary>
    public static void Between(Option option, int least, int most) =>
        Demand<int>(option, value => value >= least && value <= most, $"{option.Name} is a whole number from {least} to {most}.");
}
