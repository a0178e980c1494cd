using System.Globalization;
using System.Numerics;

namespace Bailiwick.Text.Templates.Values;

/// <summary>How Python writes a float: the shortest digits that read back the same, and correctly rounded fixed digits.</summary>
internal static class PythonFloat
{
    /// <summary><c>repr(float)</c>: 41.0 stays 41.0; an exponent below -4 or from 16 on is written as one.</summary>
    public static string Repr(double number)
    {
        if (double.IsNaN(number))
        {
            return "nan";
        }

        if (double.IsInfinity(number))
        {
            return number > 0 ? "inf" : "-inf";
        }

        var (negative, digits, exponent) = Shortest(number);
        var sign = negative ? "-" : "";
        if (exponent is < -4 or >= 16)
        {
            var mantissa = digits.Length == 1 ? digits : digits[..1] + "." + digits[1..];
            var power = Math.Abs(exponent).ToString("00", CultureInfo.InvariantCulture);
            return sign + mantissa + (exponent < 0 ? "e-" : "e+") + power;
        }

        return sign + exponent switch
        {
            < 0 => "0." + new string('0', -exponent - 1) + digits,
            _ when digits.Length <= exponent + 1 => digits.PadRight(exponent + 1, '0') + ".0",
            _ => digits[..(exponent + 1)] + "." + digits[(exponent + 1)..],
        };
    }

    /// <summary>The number with exactly <paramref name="digits"/> decimals, ties to even, computed on its exact value.</summary>
    /// <param name="number">Finite.</param>
    /// <param name="digits">0 or more.</param>
    public static string Fixed(double number, int digits)
    {
        var scaled = ScaleToInteger(Math.Abs(number), digits).ToString(CultureInfo.InvariantCulture).PadLeft(digits + 1, '0');
        var text = digits == 0 ? scaled : scaled[..^digits] + "." + scaled[^digits..];
        return double.IsNegative(number) ? "-" + text : text;
    }

    /// <summary>number * 10^digits as an integer, ties to even.</summary>
    private static BigInteger ScaleToInteger(double number, int digits)
    {
        var bits = BitConverter.DoubleToInt64Bits(number);
        var exponent = (int)((bits >> 52) & 0x7FF);
        var mantissa = bits & 0xFFFFFFFFFFFFFL;
        BigInteger numerator = exponent == 0 ? mantissa : mantissa | (1L << 52);
        var shift = Math.Max(exponent, 1) - 1075;
        numerator *= BigInteger.Pow(10, digits);
        if (shift >= 0)
        {
            return numerator << shift;
        }

        var denominator = BigInteger.One << -shift;
        var quotient = BigInteger.DivRem(numerator, denominator, out var remainder);
        var twice = remainder * 2;
        return twice > denominator || (twice == denominator && !quotient.IsEven) ? quotient + 1 : quotient;
    }

    /// <summary>Digits d.ddd without trailing zeros and the power of ten of the first digit.</summary>
    private static (bool Negative, string Digits, int Exponent) Shortest(double number)
    {
        var text = Math.Abs(number).ToString("E16", CultureInfo.InvariantCulture);
        for (var precision = 0; precision < 17; precision++)
        {
            var candidate = Math.Abs(number).ToString("E" + precision, CultureInfo.InvariantCulture);
            if (double.Parse(candidate, CultureInfo.InvariantCulture) == Math.Abs(number))
            {
                text = candidate;
                break;
            }
        }

        var mark = text.IndexOf('E', StringComparison.Ordinal);
        var digits = text[..mark].Replace(".", "", StringComparison.Ordinal).TrimEnd('0');
        return (double.IsNegative(number), digits.Length == 0 ? "0" : digits, int.Parse(text[(mark + 1)..], CultureInfo.InvariantCulture));
    }
}
