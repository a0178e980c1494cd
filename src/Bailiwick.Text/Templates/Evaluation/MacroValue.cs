using Bailiwick.Text.Templates.Builtins;
using Bailiwick.Text.Templates.Syntax;
using Bailiwick.Text.Templates.Values;

namespace Bailiwick.Text.Templates.Evaluation;

/// <summary>A macro with the scope it was defined in. A call gives its output as text.</summary>
internal sealed class MacroValue(MacroDefinition definition, Scope scope, Evaluator evaluator) : CallableValue
{
    public override string TypeName => "Macro";

    public override Value Call(Arguments arguments)
    {
        var inner = new Scope(scope);
        BindParameters(arguments, inner);
        return evaluator.Capture(definition.Body, inner);
    }

    private void BindParameters(Arguments arguments, Scope inner)
    {
        var named = new OrderedDictionary<string, NamedArgument>(StringComparer.Ordinal);
        foreach (var argument in arguments.Named)
        {
            if (!named.TryAdd(argument.Name, argument))
            {
                throw new EvaluationError($"macro '{definition.Name}' got an argument twice");
            }
        }

        for (var i = 0; i < definition.Parameters.Count; i++)
        {
            var (name, otherwise) = definition.Parameters[i];
            var given = named.Remove(name, out var byName) ? byName.Value : null;
            if (i < arguments.Positional.Count)
            {
                given = given is null
                    ? arguments.Positional[i]
                    : throw new EvaluationError($"macro '{definition.Name}' got an argument twice");
            }

            inner.Set(name, given ?? (otherwise is null
                ? new UndefinedValue($"parameter '{name}' was not provided")
                : evaluator.Evaluate(otherwise, inner)));
        }

        BindRest(arguments, named, inner);
    }

    private void BindRest(Arguments arguments, OrderedDictionary<string, NamedArgument> named, Scope inner)
    {
        if (definition.TakesCaller && !definition.Parameters.Any(parameter => parameter.Name == "caller"))
        {
            inner.Set("caller", named.Remove("caller", out var caller) ? caller.Value : new UndefinedValue("No caller defined"));
        }

        var extra = arguments.Positional.Skip(definition.Parameters.Count).ToList();
        if ((extra.Count > 0 && !definition.TakesMore) || (named.Count > 0 && !definition.TakesNames))
        {
            throw new EvaluationError($"macro '{definition.Name}' got more arguments than it takes");
        }

        if (definition.TakesMore)
        {
            inner.Set("varargs", new TupleValue(extra));
        }

        if (definition.TakesNames)
        {
            inner.Set("kwargs", new DictValue(named.Values.Select(argument => argument.Entry)));
        }
    }
}
