using System.Globalization;
using System.Numerics;
using Bailiwick.Text.Templates.Evaluation;

namespace Bailiwick.Text.Templates.Values;

/// <summary>
/// Python's <c>format % arguments</c> for the conversions s, r, d, i, u, f, F, x, X, o, c and %%. Every character keeps
/// its origin; padding and prefixes have the format's.
/// </summary>
internal sealed class PercentFormat
{
    private readonly OriginText _format;
    private readonly string _plain;
    private readonly Value _arguments;
    private readonly Budget _budget;
    private readonly BoundedText _sink;
    private int _position;
    private int _used;
    private bool _usedMapping;

    private PercentFormat(OriginText format, Value arguments, Budget budget)
    {
        _format = format;
        _plain = format.Text;
        _arguments = arguments;
        _budget = budget;
        _sink = new BoundedText(budget);
    }

    private readonly record struct Flags(bool Left, bool Zero, bool Plus, bool Blank, bool Alternate);

    public static TextValue Apply(TextValue format, Value arguments, Budget budget) =>
        new PercentFormat(format.Text, arguments, budget).Run();

    private TextValue Run()
    {
        while (_position < _plain.Length)
        {
            var next = _plain.IndexOf('%', _position);
            var end = next < 0 ? _plain.Length : next;
            _sink.Append(_format, _position, end - _position);
            _position = end;
            if (next >= 0)
            {
                Convert();
            }
        }

        var unused = _arguments is TupleValue tuple
            ? _used < tuple.Items.Count
            : _used == 0 && !_usedMapping && _arguments is not (DictValue or ListValue);
        if (unused)
        {
            throw new EvaluationError("not all arguments converted during string formatting");
        }

        return _sink.ToValue();
    }

    private void Convert()
    {
        var start = _position++;
        var mapped = Take('(') ? Mapped() : null;
        var flags = ReadFlags();
        var width = ReadNumber();
        var precision = Take('.') ? ReadNumber() ?? 0 : (int?)null;
        var conversion = _position < _plain.Length ? _plain[_position++] : throw new EvaluationError("incomplete format");
        var padding = _format.OriginAt(start);
        if (conversion == '%')
        {
            _sink.Append("%", padding);
            return;
        }

        var value = mapped ?? NextArgument();
        var text = conversion switch
        {
            's' => Cut(PythonText.Str(value, _budget).Text, precision),
            'r' => Cut(Repr(value), precision),
            'c' => Character(value),
            'd' or 'i' or 'u' or 'x' or 'X' or 'o' => Integer(value, conversion, flags, precision),
            'f' or 'F' => Real(value, flags, precision ?? 6),
            _ => throw new EvaluationError($"the conversion %{conversion} is not supported"),
        };
        Pad(text, width ?? 0, flags, padding, isNumber: conversion is not ('s' or 'r' or 'c'));
    }

    private bool Take(char c)
    {
        var found = _position < _plain.Length && _plain[_position] == c;
        _position += found ? 1 : 0;
        return found;
    }

    private Value Mapped()
    {
        var end = _plain.IndexOf(')', _position);
        if (end < 0 || _arguments is not DictValue dict)
        {
            throw new EvaluationError("format requires a mapping");
        }

        var name = _plain[_position..end];
        _position = end + 1;
        _usedMapping = true;
        return dict.TryGet(name, out var value) ? value : throw new EvaluationError("a key of the format is missing");
    }

    private Flags ReadFlags()
    {
        var flags = default(Flags);
        for (; _position < _plain.Length; _position++)
        {
            switch (_plain[_position])
            {
                case '-':
                    flags = flags with { Left = true };
                    break;
                case '0':
                    flags = flags with { Zero = true };
                    break;
                case '+':
                    flags = flags with { Plus = true };
                    break;
                case ' ':
                    flags = flags with { Blank = true };
                    break;
                case '#':
                    flags = flags with { Alternate = true };
                    break;
                default:
                    return flags;
            }
        }

        return flags;
    }

    private int? ReadNumber()
    {
        if (Take('*'))
        {
            return Numbers.Index(NextArgument(), "a width");
        }

        var start = _position;
        while (_position < _plain.Length && char.IsAsciiDigit(_plain[_position]))
        {
            _position++;
        }

        return _position == start ? null
            : int.TryParse(_plain.AsSpan(start, _position - start), CultureInfo.InvariantCulture, out var number) ? number
            : throw new EvaluationError("a width out of range");
    }

    private Value NextArgument()
    {
        var arguments = _arguments is TupleValue tuple ? tuple.Items : [_arguments];
        return _used < arguments.Count ? arguments[_used++] : throw new EvaluationError("not enough arguments for format string");
    }

    private OriginText Repr(Value value)
    {
        var sink = new BoundedText(_budget);
        PythonText.AppendRepr(sink, value);
        return sink.ToOriginText();
    }

    private static OriginText Cut(OriginText text, int? precision)
    {
        var offsets = precision is null ? null : CodePoints.Offsets(text.Text);
        var limit = precision ?? text.Length;
        return offsets is null ? text.Slice(0, Math.Min(limit, text.Length)) : text.Slice(0, offsets[Math.Min(limit, offsets.Length - 1)]);
    }

    private static OriginText Character(Value value) => value switch
    {
        TextValue text when CodePoints.Count(text.Plain) == 1 => text.Text,
        IntValue integer when integer.Number >= 0 && integer.Number <= 0x10FFFF && System.Text.Rune.IsValid((int)integer.Number) =>
            OriginText.Of(new System.Text.Rune((int)integer.Number).ToString(), integer.Origin),
        _ => throw new EvaluationError("%c requires int or char"),
    };

    private static OriginText Integer(Value value, char conversion, Flags flags, int? precision)
    {
        var isNumber = Numbers.TryRead(value, out var number);
        if (!isNumber || (number.IsFloat && (conversion is 'x' or 'X' or 'o' || !double.IsFinite(number.Float))))
        {
            throw new EvaluationError($"%{conversion} format: a number is required, not {value.TypeName}");
        }

        var integer = number.IsFloat ? new BigInteger(number.Float) : number.Integer;
        var magnitude = BigInteger.Abs(integer);
        var (digits, prefix) = conversion switch
        {
            'x' => (Hex(magnitude), "0x"),
            'X' => (Hex(magnitude).ToUpperInvariant(), "0X"),
            'o' => (Octal(magnitude), "0o"),
            _ => (magnitude.ToString(CultureInfo.InvariantCulture), ""),
        };
        if (precision > 10_000)
        {
            throw new EvaluationError("a precision out of range");
        }

        var text = (flags.Alternate ? prefix : "") + digits.PadLeft(precision ?? 0, '0');
        return OriginText.Of(Sign(integer.Sign < 0, flags) + text, number.Origin);
    }

    private static OriginText Real(Value value, Flags flags, int precision)
    {
        if (!Numbers.TryRead(value, out var number) || precision > 1_000)
        {
            throw new EvaluationError($"must be real number, not {value.TypeName}");
        }

        var real = number.ToDouble();
        var text = double.IsFinite(real) ? PythonFloat.Fixed(Math.Abs(real), precision) : double.IsNaN(real) ? "nan" : "inf";
        return OriginText.Of(Sign(double.IsNegative(real) && !double.IsNaN(real), flags) + text, number.Origin);
    }

    private static string Sign(bool negative, Flags flags) => negative ? "-" : flags.Plus ? "+" : flags.Blank ? " " : "";

    private static string Hex(BigInteger magnitude)
    {
        var digits = magnitude.ToString("x", CultureInfo.InvariantCulture).TrimStart('0');
        return digits.Length == 0 ? "0" : digits;
    }

    private static string Octal(BigInteger magnitude)
    {
        var digits = "";
        for (; magnitude > 0; magnitude >>= 3)
        {
            digits = (char)('0' + (int)(magnitude & 7)) + digits;
        }

        return digits.Length == 0 ? "0" : digits;
    }

    private void Pad(OriginText text, int width, Flags flags, Origin origin, bool isNumber)
    {
        var missing = (long)Math.Abs((long)width) - CodePoints.Count(text.Text);
        if (missing <= 0)
        {
            _sink.Append(text);
        }
        else if (flags.Left || width < 0)
        {
            _sink.Append(text).Repeat(OriginText.Of(" ", origin), missing);
        }
        else if (flags.Zero && isNumber)
        {
            var signs = text.Text.Length > 0 && text.Text[0] is '-' or '+' or ' ' ? 1 : 0;
            _sink.Append(text, 0, signs).Repeat(OriginText.Of("0", origin), missing).Append(text, signs, text.Length - signs);
        }
        else
        {
            _sink.Repeat(OriginText.Of(" ", origin), missing).Append(text);
        }
    }
}
