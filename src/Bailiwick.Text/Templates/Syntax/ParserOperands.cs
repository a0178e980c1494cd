using System.Globalization;
using System.Numerics;
using System.Text;
using Bailiwick.Text.Templates.Builtins;
using Bailiwick.Text.Templates.Values;

namespace Bailiwick.Text.Templates.Syntax;

/// <summary>Names, literals, and what follows them: attributes, items, calls, filters, tests.</summary>
internal sealed partial class Parser
{
    private Expression ParsePrimary()
    {
        var token = Current;
        switch (token.Kind)
        {
            case TokenKind.Name:
                return ParseWord(Advance());
            case TokenKind.String:
                var text = new StringBuilder();
                while (Current.Kind == TokenKind.String)
                {
                    text.Append(Advance().Text);
                }

                return new LiteralExpression(token.Line, TextValue.Template(text.ToString()));
            case TokenKind.Integer:
                return new LiteralExpression(token.Line, IntValue.Of(BigInteger.Parse(Advance().Text, CultureInfo.InvariantCulture)));
            case TokenKind.Float:
                return new LiteralExpression(token.Line, new FloatValue(double.Parse(Advance().Text, CultureInfo.InvariantCulture)));
            case TokenKind.Operator when token.Text == "(":
                Advance();
                Enter();
                var inner = ParseTuple(inParentheses: true);
                _depth--;
                ExpectOperator(")");
                return inner;
            case TokenKind.Operator when token.Text == "[":
                return ParseList();
            case TokenKind.Operator when token.Text == "{":
                return ParseDict();
            default:
                throw Unexpected(token, "an expression");
        }
    }

    private Expression ParseWord(Token name)
    {
        if (name.Text is "varargs" or "kwargs" or "caller")
        {
            _implicit.Add(name.Text);
        }

        return name.Text switch
        {
            "true" or "True" => new LiteralExpression(name.Line, BoolValue.True),
            "false" or "False" => new LiteralExpression(name.Line, BoolValue.False),
            "none" or "None" => new LiteralExpression(name.Line, NoneValue.None),
            _ => new NameExpression(name.Line, name.Text),
        };
    }

    private ListExpression ParseList()
    {
        var line = Advance().Line;
        var items = new List<Expression>();
        while (!SkipOperator("]"))
        {
            items.Add(ParseExpression());
            RequireCommaBefore("]");
        }

        return new ListExpression(line, items);
    }

    private DictExpression ParseDict()
    {
        var line = Advance().Line;
        var entries = new List<(Expression, Expression)>();
        while (!SkipOperator("}"))
        {
            var key = ParseExpression();
            ExpectOperator(":");
            entries.Add((key, ParseExpression()));
            RequireCommaBefore("}");
        }

        return new DictExpression(line, entries);
    }

    private void RequireCommaBefore(string close)
    {
        if (!Current.IsOperator(close))
        {
            ExpectOperator(",");
        }
    }

    private Expression ParsePostfix(Expression expression)
    {
        while (Current.Kind == TokenKind.Operator)
        {
            var line = Current.Line;
            switch (Current.Text)
            {
                case ".":
                    Advance();
                    expression = ParseAttribute(line, expression);
                    break;
                case "[":
                    Advance();
                    expression = ParseSubscript(line, expression);
                    break;
                case "(":
                    expression = ParseCall(expression);
                    break;
                default:
                    return expression;
            }
        }

        return expression;
    }

    private Expression ParseAttribute(int line, Expression target)
    {
        if (Current.Kind == TokenKind.Integer)
        {
            return new ItemExpression(line, target, ParsePrimary());
        }

        var name = Expect(TokenKind.Name);
        return name.Text.StartsWith("__", StringComparison.Ordinal)
            ? throw Refused(name.Line, $"the attribute '{name.Text}'")
            : new AttributeExpression(line, target, name.Text);
    }

    private Expression ParseSubscript(int line, Expression target)
    {
        var start = Current.IsOperator(":") ? null : ParseExpression();
        if (start is not null && !Current.IsOperator(":"))
        {
            if (Current.IsOperator(","))
            {
                throw Refused(line, "a subscript of several items");
            }

            ExpectOperator("]");
            return new ItemExpression(line, target, start);
        }

        ExpectOperator(":");
        var stop = Current.IsOperator(":") || Current.IsOperator("]") ? null : ParseExpression();
        var step = SkipOperator(":") && !Current.IsOperator("]") ? ParseExpression() : null;
        ExpectOperator("]");
        return new SliceExpression(line, target, start, stop, step);
    }

    private CallExpression ParseCall(Expression target)
    {
        var line = Current.Line;
        var call = new CallExpression(line, target, ParseArguments());
        _names.NoteCall(call);
        return call;
    }

    private ArgumentList ParseArguments()
    {
        var line = Current.Line;
        ExpectOperator("(");
        var positional = new List<Expression>();
        var named = new List<(string, Expression)>();
        Expression? spread = null;
        Expression? spreadNamed = null;
        while (!SkipOperator(")"))
        {
            if (spreadNamed is null && SkipOperator("**"))
            {
                spreadNamed = ParseExpression();
            }
            else if (spread is null && spreadNamed is null && SkipOperator("*"))
            {
                spread = ParseExpression();
            }
            else if (spreadNamed is null && Current.Kind == TokenKind.Name && Ahead.IsOperator("="))
            {
                var name = Advance().Text;
                Advance();
                named.Add((name, ParseExpression()));
            }
            else if (spread is null && spreadNamed is null && named.Count == 0)
            {
                positional.Add(ParseExpression());
            }
            else
            {
                throw Refused(line, "the order of the arguments of a call");
            }

            RequireCommaBefore(")");
        }

        return new ArgumentList(positional, named, spread, spreadNamed);
    }

    private Expression ParseFilters(Expression expression)
    {
        while (true)
        {
            if (SkipOperator("|"))
            {
                expression = ParseFilter(expression);
            }
            else if (Current.IsName("is"))
            {
                expression = ParseTest(expression);
            }
            else if (Current.IsOperator("("))
            {
                expression = ParseCall(expression);
            }
            else
            {
                return expression;
            }
        }
    }

    private FilterExpression ParseFilter(Expression? input)
    {
        var name = Expect(TokenKind.Name);
        var filter = FilterTable.Find(name.Text);
        if (filter is null || Current.IsOperator("."))
        {
            throw Refused(name.Line, $"the filter '{name.Text}'");
        }

        var arguments = Current.IsOperator("(") ? ParseArguments() : ArgumentList.None;
        NameRules.CheckNamedBuiltin(name.Text, arguments);
        return new FilterExpression(name.Line, input, filter, arguments);
    }

    private Expression ParseTest(Expression input)
    {
        Advance();
        var negated = SkipName("not");
        var name = Expect(TokenKind.Name);
        var test = TestTable.Find(name.Text);
        if (test is null || Current.IsOperator("."))
        {
            throw Refused(name.Line, $"the test '{name.Text}'");
        }

        Expression expression = new TestExpression(name.Line, input, test, ParseTestArguments());
        return negated ? new NotExpression(name.Line, expression) : expression;
    }

    /// <summary>In parentheses, or one operand without any.</summary>
    private ArgumentList ParseTestArguments()
    {
        if (Current.IsOperator("("))
        {
            return ParseArguments();
        }

        var startsOperand = Current.Kind is TokenKind.String or TokenKind.Integer or TokenKind.Float ||
            Current.IsOperator("[") || Current.IsOperator("{") ||
            (Current.Kind == TokenKind.Name && Current.Text is not ("else" or "or" or "and"));
        if (!startsOperand)
        {
            return ArgumentList.None;
        }

        return Current.IsName("is")
            ? throw Refused(Current.Line, "two tests in a row")
            : new ArgumentList([ParsePostfix(ParsePrimary())], []);
    }
}
