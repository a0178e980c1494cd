using System.Collections.Frozen;
using Bailiwick.Text.Templates.Evaluation;
using Bailiwick.Text.Templates.Values;

namespace Bailiwick.Text.Templates.Builtins;

/// <summary>The tests by name. A test of jinja2 that is not here is refused when a template is parsed.</summary>
internal static class TestTable
{
    private static readonly FrozenDictionary<string, Test> Tests = new Dictionary<string, Test>
    {
        ["defined"] = Kind(value => value is not UndefinedValue),
        ["undefined"] = Kind(value => value is UndefinedValue),
        ["none"] = Kind(value => value is NoneValue),
        ["boolean"] = Kind(value => value is BoolValue),
        ["true"] = Kind(value => value == BoolValue.True),
        ["false"] = Kind(value => value == BoolValue.False),
        ["integer"] = Kind(value => value is IntValue),
        ["float"] = Kind(value => value is FloatValue),
        ["number"] = Kind(value => value is IntValue or FloatValue or BoolValue),
        ["string"] = Kind(value => value is TextValue),
        ["mapping"] = Kind(value => value is DictValue),
        ["sequence"] = Kind(value => value is TextValue or ListValue or TupleValue or RangeValue or DictValue or UndefinedValue),
        ["iterable"] = Kind(value => value is TextValue or SequenceValue or DictValue or GeneratorValue or UndefinedValue or LoopValue),
        ["callable"] = Kind(value => value is CallableValue or UndefinedValue),
        ["lower"] = (budget, value, arguments) => IsCase(budget, value, arguments, upper: false),
        ["upper"] = (budget, value, arguments) => IsCase(budget, value, arguments, upper: true),
        ["odd"] = Parity(1),
        ["even"] = Parity(0),
        ["divisibleby"] = (budget, value, arguments) => Remainder(budget, value, arguments) == 0,
        ["sameas"] = (_, value, arguments) => IsSame(value, Operand("sameas", arguments)),
        ["in"] = (budget, value, arguments) => Comparison.Holds("in", value, Operand("in", arguments), budget),
        ["eq"] = Compare("=="),
        ["equalto"] = Compare("=="),
        ["=="] = Compare("=="),
        ["ne"] = Compare("!="),
        ["!="] = Compare("!="),
        ["gt"] = Compare(">"),
        ["greaterthan"] = Compare(">"),
        [">"] = Compare(">"),
        ["ge"] = Compare(">="),
        [">="] = Compare(">="),
        ["lt"] = Compare("<"),
        ["lessthan"] = Compare("<"),
        ["<"] = Compare("<"),
        ["le"] = Compare("<="),
        ["<="] = Compare("<="),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static Test? Find(string name) => Tests.GetValueOrDefault(name);

    private static Test Kind(Func<Value, bool> isKind) => (_, value, arguments) =>
    {
        arguments.Bind("a test of a kind");
        return isKind(value);
    };

    private static Test Parity(int remainder) => (budget, value, arguments) =>
    {
        arguments.Bind("a test of parity");
        return Remainder(budget, value, Arguments.Of(IntValue.Of(2))) == remainder;
    };

    private static Test Compare(string comparison) => (budget, value, arguments) =>
        Comparison.Holds(comparison, value, Operand(comparison, arguments), budget);

    private static Value Operand(string test, Arguments arguments) => arguments.Bind(test, "other")[0].Required(test);

    private static System.Numerics.BigInteger Remainder(Budget budget, Value value, Arguments arguments) =>
        Arithmetic.Apply("%", value, Operand("divisibleby", arguments), budget) switch
        {
            IntValue integer => integer.Number,
            FloatValue real => real.Number == 0 ? 0 : real.Number == 1 ? 1 : -1,
            _ => throw new EvaluationError("a number is required"),
        };

    private static bool IsCase(Budget budget, Value value, Arguments arguments, bool upper)
    {
        arguments.Bind("lower");
        return CharacterClasses.IsAllCase(PythonText.Str(value, budget).Plain, upper);
    }

    /// <summary>Identity: CPython keeps one object for each of true, false, none and the small ints.</summary>
    private static bool IsSame(Value a, Value b) => ReferenceEquals(a, b) ||
        (a is IntValue x && b is IntValue y && x.Number == y.Number && x.Number >= -5 && x.Number <= 256);
}
