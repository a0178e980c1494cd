namespace Bailiwick.Text.Templates.Syntax;

/// <summary>A node that writes or binds.</summary>
/// <param name="Line">Line of the template, from 1.</param>
internal abstract record Statement(int Line);

internal sealed record TextStatement(int Line, OriginText Text) : Statement(Line);

internal sealed record PrintStatement(int Line, Expression Value) : Statement(Line);

internal sealed record IfStatement(
    int Line,
    IReadOnlyList<(Expression Test, IReadOnlyList<Statement> Body)> Branches,
    IReadOnlyList<Statement> Otherwise) : Statement(Line);

/// <param name="Line">Line of the template, from 1.</param>
/// <param name="Target">Bound for each item.</param>
/// <param name="Items">What is iterated.</param>
/// <param name="Condition">Of <c>for .. in .. if</c>: items for which it is false are not seen at all.</param>
/// <param name="Body">Runs in a scope of its own for each item.</param>
/// <param name="Otherwise">Runs where there was no item.</param>
internal sealed record ForStatement(
    int Line,
    Target Target,
    Expression Items,
    Expression? Condition,
    IReadOnlyList<Statement> Body,
    IReadOnlyList<Statement> Otherwise) : Statement(Line);

internal sealed record BreakStatement(int Line) : Statement(Line);

internal sealed record ContinueStatement(int Line) : Statement(Line);

internal sealed record SetStatement(int Line, Target Target, Expression Value) : Statement(Line);

/// <param name="Line">Line of the template, from 1.</param>
/// <param name="Target">Bound to the captured text.</param>
/// <param name="Filter">Applied to the text, or null.</param>
/// <param name="Body">Its output is captured.</param>
internal sealed record SetBlockStatement(int Line, Target Target, FilterExpression? Filter, IReadOnlyList<Statement> Body)
    : Statement(Line);

internal sealed record FilterBlockStatement(int Line, FilterExpression Filter, IReadOnlyList<Statement> Body) : Statement(Line);

/// <summary>A scope of its own: <c>with</c>, and <c>generation</c>, which marks text for training and binds nothing.</summary>
internal sealed record WithStatement(
    int Line, IReadOnlyList<(Target Target, Expression Value)> Bindings, IReadOnlyList<Statement> Body) : Statement(Line);

/// <param name="Name">Of the variable that holds it.</param>
/// <param name="Parameters">In order, with the default or null.</param>
/// <param name="Body">Its output is what a call gives.</param>
/// <param name="TakesMore">Names <c>varargs</c>: further positional arguments are allowed.</param>
/// <param name="TakesNames">Names <c>kwargs</c>: further named arguments are allowed.</param>
/// <param name="TakesCaller">Names <c>caller</c>: may be called by a call block.</param>
internal sealed record MacroDefinition(
    string Name,
    IReadOnlyList<(string Name, Expression? Default)> Parameters,
    IReadOnlyList<Statement> Body,
    bool TakesMore,
    bool TakesNames,
    bool TakesCaller);

internal sealed record MacroStatement(int Line, MacroDefinition Definition) : Statement(Line);

/// <summary>Calls a macro with the block's body as its <c>caller</c>.</summary>
internal sealed record CallBlockStatement(int Line, CallExpression Call, MacroDefinition Caller) : Statement(Line);

/// <summary>What can stand left of an assignment.</summary>
internal abstract record Target;

internal sealed record NameTarget(string Name) : Target;

internal sealed record TupleTarget(IReadOnlyList<Target> Items) : Target;

/// <summary><c>set ns.attribute</c>: only a namespace can be changed.</summary>
internal sealed record NamespaceTarget(string Name, string Attribute) : Target;
