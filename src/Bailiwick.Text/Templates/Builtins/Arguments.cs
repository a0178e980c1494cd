using Bailiwick.Text.Templates.Values;

namespace Bailiwick.Text.Templates.Builtins;

/// <summary>An argument given by name. Its name keeps its origin: <c>**mapping</c> takes names from the client.</summary>
internal readonly record struct NamedArgument(TextValue Key, Value Value)
{
    public string Name => Key.Plain;

    public KeyValuePair<Value, Value> Entry => KeyValuePair.Create<Value, Value>(Key, Value);
}

/// <summary>The evaluated arguments of a call.</summary>
/// <param name="Positional">In order.</param>
/// <param name="Named">By name, in order.</param>
internal sealed record Arguments(IReadOnlyList<Value> Positional, IReadOnlyList<NamedArgument> Named)
{
    public static readonly Arguments None = new([], []);

    public static Arguments Of(params Value[] positional) => new(positional, []);

    /// <summary>
    /// The value of each parameter, null where none is given. Too many, unknown or repeated arguments are errors.
    /// </summary>
    public Value?[] Bind(string function, params ReadOnlySpan<string> parameters)
    {
        if (Positional.Count > parameters.Length)
        {
            throw new EvaluationError($"{function}() takes at most {parameters.Length} arguments, not {Positional.Count}");
        }

        var values = new Value?[parameters.Length];
        for (var i = 0; i < Positional.Count; i++)
        {
            values[i] = Positional[i];
        }

        foreach (var named in Named)
        {
            var at = parameters.IndexOf(named.Name);
            if (at < 0 || values[at] is not null)
            {
                throw new EvaluationError($"{function}() got an unexpected or a repeated argument");
            }

            values[at] = named.Value;
        }

        return values;
    }

    public void RequireNoNames(string function)
    {
        if (Named.Count > 0)
        {
            throw new EvaluationError($"{function}() takes no named arguments");
        }
    }
}

/// <summary>Reads one argument.</summary>
internal static class ArgumentReading
{
    /// <summary>A str that may be taken apart.</summary>
    public static TextValue RequireText(this Value? value, string function) => value is TextValue text
        ? Arithmetic.RequirePlain(text)
        : throw new EvaluationError($"{function}() needs a str, not {value?.TypeName ?? "nothing"}");

    public static Value Required(this Value? value, string function) =>
        value ?? throw new EvaluationError($"{function}() lacks an argument");

    /// <summary>Null where the argument is absent or none.</summary>
    public static Value? Given(this Value? value) => value is NoneValue ? null : value;

    public static int IndexOr(this Value? value, int otherwise, string function) =>
        value is null ? otherwise : Numbers.Index(value, $"an argument of {function}()");
}
