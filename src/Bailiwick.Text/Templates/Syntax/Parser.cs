namespace Bailiwick.Text.Templates.Syntax;

/// <summary>
/// Parses a template by the grammar of jinja2 3.1 with its loop controls. What is not part of the subset is refused
/// here, with its line, so that an imported template is never rendered wrongly.
/// </summary>
internal sealed partial class Parser
{
    /// <summary>Nested blocks and expressions; keeps the recursion of the parser far from the end of the stack.</summary>
    private const int MaxDepth = 200;

    private readonly IReadOnlyList<Token> _tokens;
    private readonly NameRules _names = new();
    private int _position;
    private int _depth;

    // Break and continue must stand inside a loop of the same macro.
    private int _loops;

    // Which of varargs, kwargs and caller the macro at hand names.
    private HashSet<string> _implicit = [];

    private Parser(IReadOnlyList<Token> tokens) => _tokens = tokens;

    private Token Current => _tokens[_position];

    private Token Ahead => _tokens[Math.Min(_position + 1, _tokens.Count - 1)];

    public static IReadOnlyList<Statement> Parse(string source)
    {
        var parser = new Parser(Lexer.Tokenize(source));
        var body = parser.ParseBody();
        parser._names.CheckCalls();
        return body;
    }

    /// <summary>Statements up to the end of the template, or up to a tag that starts with one of the names.</summary>
    private List<Statement> ParseBody(params ReadOnlySpan<string> ends)
    {
        Enter();
        var body = new List<Statement>();
        while (true)
        {
            var token = Current;
            switch (token.Kind)
            {
                case TokenKind.Data:
                    body.Add(new TextStatement(token.Line, OriginText.FromTemplate(Advance().Text)));
                    break;
                case TokenKind.VariableBegin:
                    Advance();
                    body.Add(new PrintStatement(token.Line, ParseTuple()));
                    Expect(TokenKind.VariableEnd);
                    break;
                case TokenKind.BlockBegin when Ahead.Kind == TokenKind.Name && ends.Contains(Ahead.Text):
                    Advance();
                    _depth--;
                    return body;
                case TokenKind.BlockBegin:
                    Advance();
                    body.Add(ParseStatement());
                    Expect(TokenKind.BlockEnd);
                    break;
                case TokenKind.End when ends.Length == 0:
                    _depth--;
                    return body;
                default:
                    throw Unexpected(token, ends.Length == 0 ? "text or a tag" : string.Join(" or ", ends.ToArray()));
            }
        }
    }

    /// <summary>The body behind a block's opening tag; leaves its end's name as the current token.</summary>
    private List<Statement> ParseBlock(params ReadOnlySpan<string> ends)
    {
        SkipOperator(":");
        Expect(TokenKind.BlockEnd);
        return ParseBody(ends);
    }

    private Token Advance() => _tokens[_position < _tokens.Count - 1 ? _position++ : _position];

    private Token Expect(TokenKind kind) => Current.Kind == kind ? Advance() : throw Unexpected(Current, Describe(kind));

    private void ExpectOperator(string text)
    {
        if (!SkipOperator(text))
        {
            throw Unexpected(Current, $"'{text}'");
        }
    }

    private void ExpectName(string text)
    {
        if (!SkipName(text))
        {
            throw Unexpected(Current, $"'{text}'");
        }
    }

    private bool SkipOperator(string text) => Skip(Current.IsOperator(text));

    private bool SkipName(string text) => Skip(Current.IsName(text));

    private bool Skip(bool condition)
    {
        if (condition)
        {
            Advance();
        }

        return condition;
    }

    private void Enter()
    {
        if (++_depth > MaxDepth)
        {
            throw Refused(Current.Line, $"blocks or expressions nested deeper than {MaxDepth}");
        }
    }

    private static string Describe(TokenKind kind) => new Token(kind, "", 0) switch
    {
        { Kind: TokenKind.Name } => "a name",
        var token => token.ToString(),
    };

    private static TemplateNotSupportedException Unexpected(Token token, string expected) =>
        Refused(token.Line, $"{token} where {expected} is expected");

    private static TemplateNotSupportedException Refused(int line, string construct) => new(line, construct);
}
