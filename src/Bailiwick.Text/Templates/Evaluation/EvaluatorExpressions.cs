using Bailiwick.Text.Templates.Builtins;
using Bailiwick.Text.Templates.Syntax;
using Bailiwick.Text.Templates.Values;

namespace Bailiwick.Text.Templates.Evaluation;

/// <summary>Expressions.</summary>
internal sealed partial class Evaluator
{
    public Value Evaluate(Expression expression, Scope scope)
    {
        budget.Enter();
        budget.Step();
        Line = expression.Line;
        var value = Dispatch(expression, scope);
        budget.Leave();
        return value;
    }

    private Value Dispatch(Expression expression, Scope scope) => expression switch
    {
        LiteralExpression node => node.Value,
        NameExpression node => Resolve(node.Name, scope),
        AttributeExpression node => Lookup.Attribute(Evaluate(node.Target, scope), node.Name, budget),
        ItemExpression node => Lookup.Item(Evaluate(node.Target, scope), Evaluate(node.Key, scope), budget),
        SliceExpression node => EvaluateSlice(node, scope),
        CallExpression node => EvaluateCall(node, scope, caller: null),
        FilterExpression node => ApplyFilters(node, input: null, scope),
        TestExpression node => EvaluateTest(node, scope),
        NotExpression node => Value.Of(!Evaluate(node.Operand, scope).IsTrue),
        AndExpression node => Evaluate(node.Left, scope) is var left && left.IsTrue ? Evaluate(node.Right, scope) : left,
        OrExpression node => Evaluate(node.Left, scope) is var left && left.IsTrue ? left : Evaluate(node.Right, scope),
        ConditionalExpression node => EvaluateConditional(node, scope),
        ComparisonExpression node => EvaluateComparison(node, scope),
        ArithmeticExpression node => Arithmetic.Apply(node.Operator, Evaluate(node.Left, scope), Evaluate(node.Right, scope), budget),
        ConcatenationExpression node => EvaluateConcatenation(node, scope),
        SignExpression node => EvaluateSign(node, scope),
        ListExpression node => new ListValue(EvaluateAll(node.Items, scope)),
        TupleExpression node => new TupleValue(EvaluateAll(node.Items, scope)),
        DictExpression node => new DictValue(
            node.Entries.Select(entry => KeyValuePair.Create(Evaluate(entry.Key, scope), Evaluate(entry.Value, scope)))),
        _ => throw new InvalidOperationException($"No rule for {expression.GetType().Name}"),
    };

    private Value Resolve(string name, Scope scope) =>
        scope.Find(name) ?? Globals.Find(name, budget, now) ?? new UndefinedValue($"'{name}' is undefined");

    private Value[] EvaluateAll(IReadOnlyList<Expression> expressions, Scope scope)
    {
        var values = new Value[expressions.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = Evaluate(expressions[i], scope);
        }

        return values;
    }

    private Value EvaluateSlice(SliceExpression node, Scope scope)
    {
        Value Bound(Expression? bound) => bound is null ? NoneValue.None : Evaluate(bound, scope);
        var target = Evaluate(node.Target, scope);
        budget.Step(target switch
        {
            SequenceValue sequence => sequence.Items.Count,
            TextValue text when node.Step is not null => text.Plain.Length,
            _ => target.Size,
        });
        return Lookup.Slice(target, Bound(node.Start), Bound(node.Stop), Bound(node.Step));
    }

    private Value EvaluateConditional(ConditionalExpression node, Scope scope)
    {
        if (Evaluate(node.Test, scope).IsTrue)
        {
            return Evaluate(node.Then, scope);
        }

        return node.Otherwise is null
            ? new UndefinedValue("the inline if-expression evaluated to false and no else section was defined")
            : Evaluate(node.Otherwise, scope);
    }

    private BoolValue EvaluateComparison(ComparisonExpression node, Scope scope)
    {
        var left = Evaluate(node.First, scope);
        foreach (var (comparison, operand) in node.Rest)
        {
            var right = Evaluate(operand, scope);
            if (!Comparison.Holds(comparison, left, right, budget))
            {
                return BoolValue.False;
            }

            left = right;
        }

        return BoolValue.True;
    }

    private TextValue EvaluateConcatenation(ConcatenationExpression node, Scope scope)
    {
        var sink = new BoundedText(budget);
        foreach (var value in EvaluateAll(node.Parts, scope))
        {
            PythonText.AppendStr(sink, value);
        }

        return sink.ToValue();
    }

    private Value EvaluateSign(SignExpression node, Scope scope)
    {
        var negated = Arithmetic.Negate(Evaluate(node.Operand, scope));
        return node.Negative ? negated : Arithmetic.Negate(negated);
    }

    private BoolValue EvaluateTest(TestExpression node, Scope scope)
    {
        var input = Evaluate(node.Input, scope);
        return Value.Of(node.Test(budget, input, EvaluateArguments(node.Arguments, scope)));
    }

    /// <param name="node">The last filter of a chain.</param>
    /// <param name="input">What a chain without an input of its own starts with.</param>
    /// <param name="scope">For the arguments.</param>
    private Value ApplyFilters(FilterExpression node, Value? input, Scope scope)
    {
        var value = node.Input switch
        {
            null => input ?? throw new InvalidOperationException("A filter without an input stands outside of a block"),
            FilterExpression inner when input is not null => ApplyFilters(inner, input, scope),
            var operand => Evaluate(operand, scope),
        };
        var arguments = EvaluateArguments(node.Arguments, scope);
        Line = node.Line;
        budget.Text(value is TextValue text ? text.Plain.Length : 0);
        return node.Filter(budget, value, arguments);
    }

    private Value EvaluateCall(CallExpression node, Scope scope, MacroValue? caller)
    {
        var target = Evaluate(node.Target, scope);
        Lookup.RequireDefined(target);
        if (target is not CallableValue callable)
        {
            throw new EvaluationError($"'{target.TypeName}' object is not callable");
        }

        var arguments = EvaluateArguments(node.Arguments, scope);
        if (caller is not null)
        {
            arguments = arguments with { Named = [.. arguments.Named, new NamedArgument(TextValue.Template("caller"), caller)] };
        }

        Line = node.Line;
        return callable.Call(arguments);
    }

    private Arguments EvaluateArguments(ArgumentList list, Scope scope)
    {
        if (list == ArgumentList.None)
        {
            return Arguments.None;
        }

        IReadOnlyList<Value> positional = EvaluateAll(list.Positional, scope);
        if (list.Spread is not null)
        {
            positional = [.. positional, .. Iteration.Of(Evaluate(list.Spread, scope), budget)];
        }

        var named = list.Named
            .Select(argument => new NamedArgument(TextValue.Template(argument.Name), Evaluate(argument.Value, scope)))
            .ToList();
        if (list.SpreadNamed is not null)
        {
            var dict = Evaluate(list.SpreadNamed, scope) as DictValue
                ?? throw new EvaluationError("the argument after ** must be a mapping");
            budget.Step(dict.Entries.Count);
            named.AddRange(dict.Entries.Select(entry => new NamedArgument(entry.Key.RequireText("**"), entry.Value)));
        }

        return new Arguments(positional, named);
    }
}
