using System.Text;

namespace Bailiwick.Text.ToolCalls;

/// <summary>
/// Makes items of text, finding the markers that are no tokens of the vocabulary. What may be the start of one waits for the next
/// character. No marker begins with another one.
/// </summary>
internal sealed class MarkerText(IReadOnlyList<string> markers, IReadOnlyList<bool> isToken, CallParser parser)
{
    private readonly StringBuilder _waiting = new();

    public void Push(char character)
    {
        _waiting.Append(character);
        while (_waiting.Length > 0)
        {
            var (match, mayBegin) = Look();
            if (match >= 0)
            {
                _waiting.Clear();
                parser.Push(CallItem.Of(match, byId: false));
            }
            else if (mayBegin)
            {
                return;
            }
            else
            {
                GiveFirst();
            }
        }
    }

    /// <summary>No marker goes on here.</summary>
    public void Flush()
    {
        while (_waiting.Length > 0)
        {
            GiveFirst();
        }
    }

    private void GiveFirst()
    {
        var first = _waiting[0];
        _waiting.Remove(0, 1);
        parser.Push(CallItem.Of(first));
    }

    private (int Match, bool MayBegin) Look()
    {
        var mayBegin = false;
        for (var i = 0; i < markers.Count; i++)
        {
            if (isToken[i] || markers[i].Length < _waiting.Length || !Begins(markers[i]))
            {
                continue;
            }

            if (markers[i].Length == _waiting.Length)
            {
                return (i, false);
            }

            mayBegin = true;
        }

        return (-1, mayBegin);
    }

    private bool Begins(string marker)
    {
        for (var i = 0; i < _waiting.Length; i++)
        {
            if (marker[i] != _waiting[i])
            {
                return false;
            }
        }

        return true;
    }
}
