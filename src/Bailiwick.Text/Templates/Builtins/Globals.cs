using Bailiwick.Text.Templates.Evaluation;
using Bailiwick.Text.Templates.Values;

namespace Bailiwick.Text.Templates.Builtins;

/// <summary>The functions that every template can call.</summary>
internal static class Globals
{
    private static readonly string[] Names = ["range", "dict", "namespace", "raise_exception", "strftime_now"];

    public static bool Exists(string name) => Names.Contains(name, StringComparer.Ordinal);

    public static Value? Find(string name, Budget budget, DateTimeOffset now) => name switch
    {
        "range" => new FunctionValue(arguments => Range(arguments, budget)),
        "dict" => new FunctionValue(arguments => new DictValue(Entries(arguments, budget))),
        "namespace" => new FunctionValue(arguments => Namespace(arguments, budget)),
        "raise_exception" => new FunctionValue(arguments => Raise(arguments, budget)),
        "strftime_now" => new FunctionValue(arguments => StrftimeNow(arguments, now)),
        _ => null,
    };

    private static RangeValue Range(Arguments arguments, Budget budget)
    {
        arguments.RequireNoNames("range");
        var bound = arguments.Bind("range", "start", "stop", "step");
        var first = Numbers.Index(bound[0].Required("range"), "an argument of range()");
        var (start, stop) = bound[1] is null ? (0, first) : (first, Numbers.Index(bound[1]!, "an argument of range()"));
        var range = RangeValue.Of(start, stop, bound[2].IndexOr(1, "range"), budget.Limits.MaxRange);
        budget.Step(range.Items.Count);
        return range;
    }

    /// <summary>As <c>dict()</c> reads its arguments: a mapping or pairs, then names.</summary>
    private static IEnumerable<KeyValuePair<Value, Value>> Entries(Arguments arguments, Budget budget)
    {
        var entries = arguments.Positional switch
        {
            [] => [],
            [DictValue dict] => dict.Entries,
            [var pairs] => Iteration.Of(pairs, budget).Select(pair => Iteration.ToList(pair, budget).Items is [var key, var value]
                ? KeyValuePair.Create(key, value)
                : throw new EvaluationError("dict() needs pairs")),
            _ => throw new EvaluationError("dict() takes at most one positional argument"),
        };
        return entries.Concat(arguments.Named.Select(named => named.Entry));
    }

    private static NamespaceValue Namespace(Arguments arguments, Budget budget)
    {
        var result = new NamespaceValue();
        foreach (var (key, value) in Entries(arguments, budget))
        {
            result.Set(key.RequireText("namespace").Plain, value);
        }

        return result;
    }

    private static Value Raise(Arguments arguments, Budget budget) =>
        throw new TemplateRaisedException(
            PythonText.Str(arguments.Bind("raise_exception", "message")[0].Required("raise_exception"), budget).Plain);

    private static TextValue StrftimeNow(Arguments arguments, DateTimeOffset now)
    {
        var format = arguments.Bind("strftime_now", "format")[0].RequireText("strftime_now");
        var text = Strftime.Format(now, format.Plain);
        return format.Text.HasClient ? TextValue.Client(text) : TextValue.Template(text);
    }
}
