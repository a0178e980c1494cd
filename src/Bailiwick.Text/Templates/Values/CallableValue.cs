using Bailiwick.Text.Templates.Builtins;
using Bailiwick.Text.Templates.Evaluation;

namespace Bailiwick.Text.Templates.Values;

/// <summary>Something a template can call. Only the template and this library make one; a request never does.</summary>
internal abstract class CallableValue : Value
{
    public abstract Value Call(Arguments arguments);
}

/// <summary>A global function.</summary>
internal sealed class FunctionValue(Func<Arguments, Value> function) : CallableValue
{
    public override string TypeName => "function";

    public override Value Call(Arguments arguments) => function(arguments);
}

/// <summary>A method together with the value it was taken from.</summary>
internal sealed class BoundMethodValue(Value subject, Method method, Budget budget) : CallableValue
{
    public override string TypeName => "method";

    public override Value Call(Arguments arguments) => method(budget, subject, arguments);
}
