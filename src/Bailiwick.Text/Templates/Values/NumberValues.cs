using System.Numerics;

namespace Bailiwick.Text.Templates.Values;

/// <summary>A Python int: unbounded in Python, here up to <see cref="MaxBits"/>.</summary>
/// <remarks>
/// A number remembers its origin like a text does: a digit that a client chose stays the client's when it is printed.
/// </remarks>
internal sealed class IntValue : Value
{
    /// <summary>Python prints at most 4,300 digits (about 14,284 bits); no template needs nearly that.</summary>
    public const int MaxBits = 4_096;

    private IntValue(BigInteger number, Origin origin)
    {
        Number = number;
        Origin = origin;
    }

    public BigInteger Number { get; }

    public Origin Origin { get; }

    public override string TypeName => "int";

    public override bool IsTrue => !Number.IsZero;

    public static IntValue Of(BigInteger number, Origin origin = Origin.Template)
    {
        if (number.GetBitLength() > MaxBits)
        {
            throw new EvaluationError($"an integer of more than {MaxBits} bits");
        }

        return new IntValue(number, origin);
    }
}

/// <summary>A Python float: an IEEE 754 double.</summary>
internal sealed class FloatValue(double number, Origin origin = Origin.Template) : Value
{
    public double Number { get; } = number;

    public Origin Origin { get; } = origin;

    public override string TypeName => "float";

    public override bool IsTrue => Number != 0;
}
