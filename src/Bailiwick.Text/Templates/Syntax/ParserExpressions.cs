namespace Bailiwick.Text.Templates.Syntax;

/// <summary>The operators, from the loosest to the tightest.</summary>
internal sealed partial class Parser
{
    /// <summary>One expression, or several between commas as a tuple.</summary>
    private Expression ParseTuple(bool withConditional = true, bool inParentheses = false)
    {
        var line = Current.Line;
        var items = new List<Expression>();
        var isTuple = inParentheses && Current.IsOperator(")");
        while (!(Current.Kind is TokenKind.VariableEnd or TokenKind.BlockEnd || Current.IsOperator(")")))
        {
            items.Add(withConditional ? ParseExpression() : ParseOr());
            if (!SkipOperator(","))
            {
                break;
            }

            isTuple = true;
        }

        return isTuple ? new TupleExpression(line, items)
            : items.Count == 1 ? items[0]
            : throw Unexpected(Current, "an expression");
    }

    private Expression ParseExpression()
    {
        Enter();
        var expression = ParseOr();
        while (Current.IsName("if"))
        {
            var line = Advance().Line;
            var test = ParseOr();
            var otherwise = SkipName("else") ? ParseExpression() : null;
            expression = new ConditionalExpression(line, test, expression, otherwise);
        }

        _depth--;
        return expression;
    }

    private Expression ParseOr()
    {
        var left = ParseAnd();
        while (Current.IsName("or"))
        {
            left = new OrExpression(Advance().Line, left, ParseAnd());
        }

        return left;
    }

    private Expression ParseAnd()
    {
        var left = ParseNot();
        while (Current.IsName("and"))
        {
            left = new AndExpression(Advance().Line, left, ParseNot());
        }

        return left;
    }

    private Expression ParseNot()
    {
        if (!Current.IsName("not"))
        {
            return ParseComparison();
        }

        Enter();
        var not = new NotExpression(Advance().Line, ParseNot());
        _depth--;
        return not;
    }

    private Expression ParseComparison()
    {
        var line = Current.Line;
        var first = ParseSum();
        var rest = new List<(string, Expression)>();
        while (TakeComparison() is { } comparison)
        {
            rest.Add((comparison, ParseSum()));
        }

        return rest.Count == 0 ? first : new ComparisonExpression(line, first, rest);
    }

    private string? TakeComparison()
    {
        if (Current is { Kind: TokenKind.Operator, Text: "==" or "!=" or ">" or ">=" or "<" or "<=" })
        {
            return Advance().Text;
        }

        if (SkipName("in"))
        {
            return "in";
        }

        if (Current.IsName("not") && Ahead.IsName("in"))
        {
            Advance();
            Advance();
            return "not in";
        }

        return null;
    }

    private Expression ParseSum()
    {
        var left = ParseConcatenation();
        while (Current is { Kind: TokenKind.Operator, Text: "+" or "-" })
        {
            var sign = Advance();
            left = new ArithmeticExpression(sign.Line, sign.Text, left, ParseConcatenation());
        }

        return left;
    }

    private Expression ParseConcatenation()
    {
        var line = Current.Line;
        var parts = new List<Expression> { ParseProduct() };
        while (SkipOperator("~"))
        {
            parts.Add(ParseProduct());
        }

        return parts.Count == 1 ? parts[0] : new ConcatenationExpression(line, parts);
    }

    private Expression ParseProduct()
    {
        var left = ParsePower();
        while (Current is { Kind: TokenKind.Operator, Text: "*" or "/" or "//" or "%" })
        {
            var sign = Advance();
            left = new ArithmeticExpression(sign.Line, sign.Text, left, ParsePower());
        }

        return left;
    }

    private Expression ParsePower()
    {
        var left = ParseUnary();
        while (Current.IsOperator("**"))
        {
            left = new ArithmeticExpression(Advance().Line, "**", left, ParseUnary());
        }

        return left;
    }

    private Expression ParseUnary(bool withFilter = true)
    {
        Expression expression;
        if (Current is { Kind: TokenKind.Operator, Text: "-" or "+" })
        {
            Enter();
            var sign = Advance();
            expression = new SignExpression(sign.Line, sign.Text == "-", ParseUnary(withFilter: false));
            _depth--;
        }
        else
        {
            expression = ParsePrimary();
        }

        expression = ParsePostfix(expression);
        return withFilter ? ParseFilters(expression) : expression;
    }
}
