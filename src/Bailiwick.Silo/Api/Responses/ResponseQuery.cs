using System.Globalization;
using Bailiwick.Protocol;
using Bailiwick.Silo.Hosting;

namespace Bailiwick.Silo.Api.Responses;

/// <summary>Parameters of a GET. Unknown ones are let by; a known one that is wrong is named.</summary>
internal sealed class ResponseQuery(IQueryCollection query)
{
    /// <summary>The first fault; null while there is none.</summary>
    public Refusal? Fault { get; private set; }

    public bool Flag(string name) => One(name) switch
    {
        null or "false" => false,
        "true" => true,
        _ => Wrong(name, "must be true or false", false),
    };

    public int? Whole(string name, int least, int most)
    {
        if (One(name) is not { } text)
        {
            return null;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : Wrong<int?>(name, string.Create(CultureInfo.InvariantCulture, $"must be a whole number in {least} to {most}"), null);
    }

    public string? Word(string name, params ReadOnlySpan<string> allowed)
    {
        var text = One(name);
        return text is null || allowed.Contains(text) ? text : Wrong<string?>(name, $"must be {string.Join(" or ", allowed.ToArray())}", null);
    }

    public string? Text(string name) => One(name);

    private string? One(string name) => query[name] switch
    {
        { Count: 0 } => null,
        { Count: 1 } value => value.ToString(),
        _ => Wrong<string?>(name, "is given twice", null),
    };

    private T Wrong<T>(string name, string what, T value)
    {
        Fault ??= new Refusal(Errors.Invalid, $"{name} {what}.") { Field = name };
        return value;
    }
}
