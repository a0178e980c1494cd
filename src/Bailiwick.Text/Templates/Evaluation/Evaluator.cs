using Bailiwick.Text.Templates.Syntax;
using Bailiwick.Text.Templates.Values;

namespace Bailiwick.Text.Templates.Evaluation;

/// <summary>How a statement ended.</summary>
internal enum Flow
{
    Next,
    Break,
    Continue,
}

/// <summary>Walks the tree of one template for one rendering. This part: statements.</summary>
internal sealed partial class Evaluator(Budget budget, DateTimeOffset now)
{
    /// <summary>Line of the node at hand, for messages.</summary>
    public int Line { get; private set; } = 1;

    public Flow Execute(IReadOnlyList<Statement> body, Scope scope, BoundedText output)
    {
        budget.Enter();
        var flow = Flow.Next;
        for (var i = 0; i < body.Count && flow == Flow.Next; i++)
        {
            budget.Step();
            Line = body[i].Line;
            flow = Execute(body[i], scope, output);
        }

        budget.Leave();
        return flow;
    }

    /// <summary>What the body writes, as a text.</summary>
    public TextValue Capture(IReadOnlyList<Statement> body, Scope scope)
    {
        var output = new BoundedText(budget);
        Execute(body, scope, output);
        return output.ToValue();
    }

    private Flow Execute(Statement statement, Scope scope, BoundedText output)
    {
        switch (statement)
        {
            case TextStatement text:
                output.Append(text.Text);
                return Flow.Next;
            case PrintStatement print:
                PythonText.AppendStr(output, Evaluate(print.Value, scope));
                return Flow.Next;
            case IfStatement choice:
                return ExecuteIf(choice, scope, output);
            case ForStatement loop:
                return ExecuteFor(loop, scope, output);
            case SetStatement set:
                Assign(set.Target, Evaluate(set.Value, scope), scope);
                return Flow.Next;
            case SetBlockStatement set:
                return ExecuteSetBlock(set, scope);
            case FilterBlockStatement block:
                return ExecuteFilterBlock(block, scope, output);
            case WithStatement with:
                return ExecuteWith(with, scope, output);
            case MacroStatement macro:
                scope.Set(macro.Definition.Name, new MacroValue(macro.Definition, scope, this));
                return Flow.Next;
            case CallBlockStatement block:
                var caller = new MacroValue(block.Caller, scope, this);
                PythonText.AppendStr(output, EvaluateCall(block.Call, scope, caller));
                return Flow.Next;
            case BreakStatement:
                return Flow.Break;
            case ContinueStatement:
                return Flow.Continue;
            default:
                throw new InvalidOperationException($"No rule for {statement.GetType().Name}");
        }
    }

    private Flow ExecuteIf(IfStatement choice, Scope scope, BoundedText output)
    {
        foreach (var (test, body) in choice.Branches)
        {
            if (Evaluate(test, scope).IsTrue)
            {
                return Execute(body, scope, output);
            }
        }

        return Execute(choice.Otherwise, scope, output);
    }

    private Flow ExecuteFor(ForStatement node, Scope scope, BoundedText output)
    {
        var items = Iteration.Of(Evaluate(node.Items, scope), budget);
        if (node.Condition is { } condition)
        {
            items = items.Where(item =>
            {
                var inner = new Scope(scope);
                Assign(node.Target, item, inner);
                return Evaluate(condition, inner).IsTrue;
            });
        }

        var loop = new LoopValue(items, budget);
        var any = false;
        while (loop.TryNext(out var item))
        {
            any = true;
            budget.Step();
            var inner = new Scope(scope);
            inner.Set("loop", loop);
            Assign(node.Target, item, inner);
            if (Execute(node.Body, inner, output) == Flow.Break)
            {
                return Flow.Next;
            }
        }

        return any ? Flow.Next : Execute(node.Otherwise, new Scope(scope), output);
    }

    private Flow ExecuteSetBlock(SetBlockStatement set, Scope scope)
    {
        var captured = new BoundedText(budget);
        var flow = Execute(set.Body, new Scope(scope), captured);
        if (flow == Flow.Next)
        {
            Value text = captured.ToValue();
            Assign(set.Target, set.Filter is null ? text : ApplyFilters(set.Filter, text, scope), scope);
        }

        return flow;
    }

    private Flow ExecuteFilterBlock(FilterBlockStatement block, Scope scope, BoundedText output)
    {
        var captured = new BoundedText(budget);
        var flow = Execute(block.Body, new Scope(scope), captured);
        if (flow == Flow.Next)
        {
            PythonText.AppendStr(output, ApplyFilters(block.Filter, captured.ToValue(), scope));
        }

        return flow;
    }

    private Flow ExecuteWith(WithStatement with, Scope scope, BoundedText output)
    {
        var inner = new Scope(scope);
        foreach (var (target, value) in with.Bindings)
        {
            Assign(target, Evaluate(value, scope), inner);
        }

        return Execute(with.Body, inner, output);
    }

    private void Assign(Target target, Value value, Scope scope)
    {
        switch (target)
        {
            case NameTarget name:
                scope.Set(name.Name, value);
                break;
            case NamespaceTarget name when scope.Find(name.Name) is NamespaceValue names:
                names.Set(name.Attribute, value);
                break;
            case NamespaceTarget:
                throw new EvaluationError("cannot assign attribute on non-namespace object");
            case TupleTarget tuple:
                var items = Iteration.ToList(value, budget).Items;
                if (items.Count != tuple.Items.Count)
                {
                    throw new EvaluationError($"{tuple.Items.Count} values expected to unpack, not {items.Count}");
                }

                for (var i = 0; i < items.Count; i++)
                {
                    Assign(tuple.Items[i], items[i], scope);
                }

                break;
        }
    }
}
