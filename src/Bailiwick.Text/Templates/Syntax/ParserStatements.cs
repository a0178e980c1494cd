namespace Bailiwick.Text.Templates.Syntax;

/// <summary>The block tags.</summary>
internal sealed partial class Parser
{
    private Statement ParseStatement()
    {
        var tag = Expect(TokenKind.Name);
        return tag.Text switch
        {
            "if" => ParseIf(tag.Line),
            "for" => ParseFor(tag.Line),
            "set" => ParseSet(tag.Line),
            "macro" => ParseMacro(tag.Line),
            "call" => ParseCallBlock(tag.Line),
            "filter" => ParseFilterBlock(tag.Line),
            "with" => ParseWith(tag.Line),
            "generation" => new WithStatement(tag.Line, [], ParseToEnd("endgeneration")),
            "break" => InLoop(tag, new BreakStatement(tag.Line)),
            "continue" => InLoop(tag, new ContinueStatement(tag.Line)),
            _ => throw Refused(tag.Line, $"the tag '{tag.Text}'"),
        };
    }

    private List<Statement> ParseToEnd(string end)
    {
        var body = ParseBlock(end);
        Advance();
        return body;
    }

    private IfStatement ParseIf(int line)
    {
        var branches = new List<(Expression, IReadOnlyList<Statement>)>();
        while (true)
        {
            var test = ParseTuple(withConditional: false);
            branches.Add((test, ParseBlock("elif", "else", "endif")));
            switch (Advance().Text)
            {
                case "elif":
                    continue;
                case "else":
                    return new IfStatement(line, branches, ParseToEnd("endif"));
                default:
                    return new IfStatement(line, branches, []);
            }
        }
    }

    private ForStatement ParseFor(int line)
    {
        var target = ParseTarget(behind: "in");
        ExpectName("in");
        var items = ParseTuple(withConditional: false);
        var condition = SkipName("if") ? ParseExpression() : null;
        if (Current.IsName("recursive"))
        {
            throw Refused(Current.Line, "a recursive loop");
        }

        _loops++;
        var body = ParseBlock("endfor", "else");
        _loops--;
        var otherwise = Advance().Text == "else" ? ParseToEnd("endfor") : [];
        return new ForStatement(line, target, items, condition, body, otherwise);
    }

    private Statement ParseSet(int line)
    {
        var target = ParseTarget(withNamespace: true);
        if (SkipOperator("="))
        {
            return new SetStatement(line, target, ParseTuple());
        }

        var filter = SkipOperator("|") ? ParseFilterChain() : null;
        return new SetBlockStatement(line, target, filter, ParseToEnd("endset"));
    }

    private FilterBlockStatement ParseFilterBlock(int line) => new(line, ParseFilterChain(), ParseToEnd("endfilter"));

    private FilterExpression ParseFilterChain()
    {
        var filter = ParseFilter(null);
        while (SkipOperator("|"))
        {
            filter = ParseFilter(filter);
        }

        return filter;
    }

    private WithStatement ParseWith(int line)
    {
        var bindings = new List<(Target, Expression)>();
        while (Current.Kind != TokenKind.BlockEnd)
        {
            if (bindings.Count > 0)
            {
                ExpectOperator(",");
            }

            var target = ParseTarget();
            ExpectOperator("=");
            bindings.Add((target, ParseExpression()));
        }

        return new WithStatement(line, bindings, ParseToEnd("endwith"));
    }

    private MacroStatement ParseMacro(int line)
    {
        var name = Bind(Expect(TokenKind.Name));
        return new MacroStatement(line, ParseDefinition(name));
    }

    private CallBlockStatement ParseCallBlock(int line)
    {
        // The signature stands before the call, the body behind it.
        var outer = BeginMacro();
        var parameters = Current.IsOperator("(") ? ParseParameters() : [];
        var call = ParseExpression() as CallExpression ?? throw Refused(line, "a call block without a call");
        var body = ParseToEnd("endcall");
        return new CallBlockStatement(line, call, EndMacro(outer, "caller", parameters, body));
    }

    private MacroDefinition ParseDefinition(string name)
    {
        var outer = BeginMacro();
        var parameters = ParseParameters();
        return EndMacro(outer, name, parameters, ParseToEnd("endmacro"));
    }

    /// <summary>A macro starts outside of loops and has its own varargs, kwargs and caller.</summary>
    private (int Loops, HashSet<string> Implicit) BeginMacro()
    {
        var outer = (_loops, _implicit);
        (_loops, _implicit) = (0, []);
        return outer;
    }

    private MacroDefinition EndMacro(
        (int Loops, HashSet<string> Implicit) outer,
        string name,
        IReadOnlyList<(string, Expression?)> parameters,
        IReadOnlyList<Statement> body)
    {
        var definition = new MacroDefinition(
            name, parameters, body, _implicit.Contains("varargs"), _implicit.Contains("kwargs"), _implicit.Contains("caller"));
        (_loops, _implicit) = outer;
        return definition;
    }

    private List<(string Name, Expression? Default)> ParseParameters()
    {
        ExpectOperator("(");
        var parameters = new List<(string Name, Expression? Default)>();
        while (!SkipOperator(")"))
        {
            if (parameters.Count > 0)
            {
                ExpectOperator(",");
            }

            var name = Expect(TokenKind.Name);
            var value = SkipOperator("=") ? ParseExpression() : null;
            if (value is null && parameters.Count > 0 && parameters[^1].Default is not null)
            {
                throw Refused(name.Line, "a parameter without a default behind one with a default");
            }

            parameters.Add((Bind(name), value));
        }

        return parameters;
    }

    /// <summary>Names, or several between commas; with <paramref name="behind"/> naming the word that ends them.</summary>
    private Target ParseTarget(string? behind = null, bool withNamespace = false)
    {
        var items = new List<Target>();
        var isTuple = false;
        do
        {
            var atEnd = Current.Kind == TokenKind.BlockEnd || Current.IsOperator(")") || (behind is not null && Current.IsName(behind));
            if (items.Count > 0 && atEnd)
            {
                break;
            }

            items.Add(ParseSingleTarget(withNamespace));
            isTuple |= Current.IsOperator(",");
        }
        while (SkipOperator(","));

        return isTuple ? new TupleTarget(items) : items[0];
    }

    private Target ParseSingleTarget(bool withNamespace)
    {
        if (SkipOperator("("))
        {
            Enter();
            var inner = ParseTarget();
            _depth--;
            ExpectOperator(")");
            return inner;
        }

        var name = Expect(TokenKind.Name);
        if (!withNamespace || !SkipOperator("."))
        {
            return new NameTarget(Bind(name));
        }

        var attribute = Expect(TokenKind.Name).Text;
        _names.BindAttribute(attribute);
        return new NamespaceTarget(name.Text, attribute);
    }

    private string Bind(Token name)
    {
        if (name.Text is "true" or "false" or "none" or "True" or "False" or "None" or "loop")
        {
            throw Refused(name.Line, $"an assignment to '{name.Text}'");
        }

        _names.Bind(name.Text);
        return name.Text;
    }

    private Statement InLoop(Token tag, Statement statement) =>
        _loops > 0 ? statement : throw Refused(tag.Line, $"'{tag.Text}' outside of a loop");
}
