using Bailiwick.Text.Templates.Builtins;
using Bailiwick.Text.Templates.Values;

namespace Bailiwick.Text.Templates.Syntax;

/// <summary>
/// What a template may call: refuses functions, methods, and filters or tests named in text that cannot exist when it
/// runs, because variables of a request are data and never callable.
/// </summary>
internal sealed class NameRules
{
    private readonly HashSet<string> _names = new(StringComparer.Ordinal) { "caller", "varargs", "kwargs" };
    private readonly HashSet<string> _attributes = new(StringComparer.Ordinal);
    private readonly List<CallExpression> _calls = [];

    /// <summary>A variable, parameter or macro of the template.</summary>
    public void Bind(string name) => _names.Add(name);

    /// <summary>An attribute of a namespace, which may hold a macro.</summary>
    public void BindAttribute(string name) => _attributes.Add(name);

    /// <summary>Remembered until all names are known: a macro may be called above its definition.</summary>
    public void NoteCall(CallExpression call)
    {
        _calls.Add(call);
        if (call.Target is NameExpression { Name: "namespace" })
        {
            _attributes.UnionWith(call.Arguments.Named.Select(argument => argument.Name));
        }
    }

    public void CheckCalls()
    {
        foreach (var call in _calls)
        {
            if (call.Target is NameExpression { Name: var name } && !Globals.Exists(name) && !_names.Contains(name))
            {
                throw new TemplateNotSupportedException(call.Line, $"the function '{name}'");
            }

            if (call.Target is AttributeExpression { Name: var method } && !MethodTable.Exists(method) && !_attributes.Contains(method))
            {
                throw new TemplateNotSupportedException(call.Line, $"the method '{method}'");
            }
        }
    }

    /// <summary><c>map</c>, <c>select</c> and their kin name a filter or a test in a text.</summary>
    public static void CheckNamedBuiltin(string filter, ArgumentList arguments)
    {
        var position = filter is "selectattr" or "rejectattr" ? 1 : 0;
        var isTest = filter is "select" or "reject" or "selectattr" or "rejectattr";
        if ((!isTest && filter != "map") || arguments.Positional.Count <= position ||
            arguments.Positional[position] is not LiteralExpression { Value: TextValue { Plain: var name }, Line: var line })
        {
            return;
        }

        if (isTest ? TestTable.Find(name) is null : FilterTable.Find(name) is null)
        {
            throw new TemplateNotSupportedException(line, $"the {(isTest ? "test" : "filter")} '{name}'");
        }
    }
}
