using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Bailiwick.Residency.Loading;

/// <summary>
/// YamlDotNet's parser, with one kind of failure. On some malformed input (found by fuzzing: a plain scalar that
/// starts with an indicator, a bad escape) its scanner throws what it means for its callers' mistakes.
/// </summary>
internal sealed class GuardedParser(TextReader text) : IParser
{
    private readonly Parser _parser = new(text);

    public ParsingEvent? Current => _parser.Current;

    public bool MoveNext()
    {
        try
        {
            return _parser.MoveNext();
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or IndexOutOfRangeException)
        {
            var at = _parser.Current?.End ?? Mark.Empty;
            throw new YamlException(at, at, "The text behind this place cannot be read.", e);
        }
    }
}
