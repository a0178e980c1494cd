using System.Globalization;
using System.Numerics;
using Bailiwick.Text.Templates.Evaluation;
using Bailiwick.Text.Templates.Values;

namespace Bailiwick.Text.Templates.Builtins;

/// <summary>Filters that make or change a number. Digits read from a client's text stay the client's.</summary>
internal static class NumberFilters
{
    private const NumberStyles FloatStyle =
        NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    public static IReadOnlyDictionary<string, Filter> All { get; } = new Dictionary<string, Filter>
    {
        ["abs"] = Absolute,
        ["int"] = ToInteger,
        ["float"] = ToFloat,
        ["round"] = Round,
    };

    private static Value Absolute(Budget budget, Value input, Arguments arguments)
    {
        arguments.Bind("abs");
        return !Numbers.TryRead(input, out var number) ? throw new EvaluationError($"bad operand type for abs(): '{input.TypeName}'")
            : number.IsFloat ? new FloatValue(Math.Abs(number.Float), number.Origin)
            : IntValue.Of(BigInteger.Abs(number.Integer), number.Origin);
    }

    private static Value ToInteger(Budget budget, Value input, Arguments arguments)
    {
        var bound = arguments.Bind("int", "default", "base");
        if (bound[1].IndexOr(10, "int") != 10)
        {
            throw new EvaluationError("int() reads decimal numbers only");
        }

        Lookup.RequireDefined(input);
        var number = input switch
        {
            IntValue => input,
            TextValue text when TryReadInteger(text, out var integer) => integer,
            _ when TryReadFloat(input, out var real, out var origin) && double.IsFinite(real) =>
                IntValue.Of(new BigInteger(real), origin),
            _ => null,
        };
        return number ?? bound[0] ?? IntValue.Of(0);
    }

    private static Value ToFloat(Budget budget, Value input, Arguments arguments)
    {
        var bound = arguments.Bind("float", "default");
        Lookup.RequireDefined(input);
        return TryReadFloat(input, out var real, out var origin) ? new FloatValue(real, origin) : bound[0] ?? new FloatValue(0);
    }

    private static Value Round(Budget budget, Value input, Arguments arguments)
    {
        var bound = arguments.Bind("round", "precision", "method");
        var precision = bound[0].IndexOr(0, "round");
        var method = bound[1]?.RequireText("round").Plain ?? "common";
        if (!Numbers.TryRead(input, out var number) || precision is < 0 or > 300 || method is not ("common" or "ceil" or "floor"))
        {
            throw new EvaluationError("round() needs a number, a precision from 0 to 300 and common, ceil or floor");
        }

        if (method == "common")
        {
            return number.IsFloat
                ? new FloatValue(Nearest(number.Float, precision), number.Origin)
                : IntValue.Of(number.Integer, number.Origin);
        }

        var scale = Math.Pow(10, precision);
        var scaled = number.ToDouble() * scale;
        return new FloatValue((method == "ceil" ? Math.Ceiling(scaled) : Math.Floor(scaled)) / scale, number.Origin);
    }

    private static double Nearest(double number, int precision) => double.IsFinite(number)
        ? double.Parse(PythonFloat.Fixed(number, precision), CultureInfo.InvariantCulture)
        : number;

    private static bool TryReadInteger(TextValue text, out IntValue number)
    {
        number = IntValue.Of(0);
        if (!TryReadDigits(text, out var digits) || digits.Length > 1_000 ||
            !BigInteger.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer))
        {
            return false;
        }

        number = IntValue.Of(integer, OriginOf(text));
        return true;
    }

    private static bool TryReadFloat(Value value, out double real, out Origin origin)
    {
        if (Numbers.TryRead(value, out var number))
        {
            (real, origin) = (number.ToDouble(), number.Origin);
            return true;
        }

        (real, origin) = (0, Origin.Template);
        if (value is not TextValue text || !TryReadDigits(text, out var digits))
        {
            return false;
        }

        origin = OriginOf(text);
        var sign = digits.StartsWith('-') ? -1 : 1;
        switch (digits.TrimStart('+', '-').ToLowerInvariant())
        {
            case "inf" or "infinity":
                real = sign * double.PositiveInfinity;
                return true;
            case "nan":
                real = double.NaN;
                return true;
            case { Length: > 0 } rest when char.IsAsciiDigit(rest[0]) || rest[0] == '.':
                return double.TryParse(digits, FloatStyle, CultureInfo.InvariantCulture, out real);
            default:
                return false;
        }
    }

    /// <summary>Without white space around it and without Python's underscores between digits.</summary>
    private static bool TryReadDigits(TextValue text, out string digits)
    {
        var plain = TextOperations.Strip(text, null, atStart: true, atEnd: true).Plain;
        digits = plain.Replace("_", "", StringComparison.Ordinal);
        for (var at = plain.IndexOf('_', StringComparison.Ordinal); at >= 0; at = plain.IndexOf('_', at + 1))
        {
            if (at == 0 || at == plain.Length - 1 || !char.IsAsciiDigit(plain[at - 1]) || !char.IsAsciiDigit(plain[at + 1]))
            {
                return false;
            }
        }

        return digits.Length > 0;
    }

    private static Origin OriginOf(TextValue text) => text.Text.HasClient ? Origin.Client : Origin.Template;
}
