using System.Globalization;
using System.Numerics;
using Bailiwick.Text.Templates.Evaluation;
using Bailiwick.Text.Templates.Values;

namespace Bailiwick.Text.Templates.Builtins;

/// <summary>The <c>attribute</c> argument of filters: a name, an index, or several between dots.</summary>
internal sealed class AttributePath
{
    private readonly IReadOnlyList<Value> _parts;
    private readonly Budget _budget;
    private readonly Value? _otherwise;

    public AttributePath(Value path, Budget budget, Value? otherwise = null)
    {
        _budget = budget;
        _otherwise = otherwise;
        _parts = path switch
        {
            TextValue text => [.. text.Plain.Split('.').Select(Part)],
            IntValue => [path],
            _ => throw new EvaluationError("an attribute must be a str or an int"),
        };
    }

    public Value Get(Value item)
    {
        foreach (var part in _parts)
        {
            item = Lookup.Item(item, part, _budget);
            if (item is UndefinedValue && _otherwise is not null)
            {
                item = _otherwise;
            }
        }

        return item;
    }

    private static Value Part(string name) => name.Length > 0 && name.All(char.IsAsciiDigit)
        ? IntValue.Of(BigInteger.Parse(name, CultureInfo.InvariantCulture))
        : TextValue.Template(name);
}
