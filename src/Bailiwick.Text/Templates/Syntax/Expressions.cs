using Bailiwick.Text.Templates.Builtins;
using Bailiwick.Text.Templates.Values;

namespace Bailiwick.Text.Templates.Syntax;

/// <summary>A node that has a value.</summary>
/// <param name="Line">Line of the template, from 1.</param>
internal abstract record Expression(int Line);

internal sealed record LiteralExpression(int Line, Value Value) : Expression(Line);

internal sealed record NameExpression(int Line, string Name) : Expression(Line);

internal sealed record ListExpression(int Line, IReadOnlyList<Expression> Items) : Expression(Line);

internal sealed record TupleExpression(int Line, IReadOnlyList<Expression> Items) : Expression(Line);

internal sealed record DictExpression(int Line, IReadOnlyList<(Expression Key, Expression Value)> Entries) : Expression(Line);

/// <summary><c>target.name</c>: a method of the type before an entry of a mapping.</summary>
internal sealed record AttributeExpression(int Line, Expression Target, string Name) : Expression(Line);

/// <summary><c>target[key]</c>: an entry before a method.</summary>
internal sealed record ItemExpression(int Line, Expression Target, Expression Key) : Expression(Line);

internal sealed record SliceExpression(int Line, Expression Target, Expression? Start, Expression? Stop, Expression? Step)
    : Expression(Line);

/// <summary>The arguments of a call, a filter or a test, as written.</summary>
/// <param name="Positional">In order.</param>
/// <param name="Named">In order.</param>
/// <param name="Spread">Of <c>*list</c>, or null.</param>
/// <param name="SpreadNamed">Of <c>**mapping</c>, or null.</param>
internal sealed record ArgumentList(
    IReadOnlyList<Expression> Positional,
    IReadOnlyList<(string Name, Expression Value)> Named,
    Expression? Spread = null,
    Expression? SpreadNamed = null)
{
    public static readonly ArgumentList None = new([], []);
}

internal sealed record CallExpression(int Line, Expression Target, ArgumentList Arguments) : Expression(Line);

/// <param name="Line">Line of the template, from 1.</param>
/// <param name="Input">Null only as the first filter of a filter block or of a set block.</param>
/// <param name="Filter">Resolved when the template is parsed.</param>
/// <param name="Arguments">Without the input.</param>
internal sealed record FilterExpression(int Line, Expression? Input, Filter Filter, ArgumentList Arguments) : Expression(Line);

internal sealed record TestExpression(int Line, Expression Input, Test Test, ArgumentList Arguments) : Expression(Line);

internal sealed record NotExpression(int Line, Expression Operand) : Expression(Line);

internal sealed record SignExpression(int Line, bool Negative, Expression Operand) : Expression(Line);

internal sealed record AndExpression(int Line, Expression Left, Expression Right) : Expression(Line);

internal sealed record OrExpression(int Line, Expression Left, Expression Right) : Expression(Line);

internal sealed record ArithmeticExpression(int Line, string Operator, Expression Left, Expression Right) : Expression(Line);

/// <summary><c>a ~ b ~ c</c>: everything as text.</summary>
internal sealed record ConcatenationExpression(int Line, IReadOnlyList<Expression> Parts) : Expression(Line);

/// <summary><c>a &lt; b in c</c>: each neighbour pair must hold.</summary>
internal sealed record ComparisonExpression(
    int Line, Expression First, IReadOnlyList<(string Operator, Expression Operand)> Rest) : Expression(Line);

/// <summary><c>then if test else otherwise</c>; without an else the value is undefined.</summary>
internal sealed record ConditionalExpression(int Line, Expression Test, Expression Then, Expression? Otherwise)
    : Expression(Line);
