using System.Text;

namespace Bailiwick.Text.Tokens;

/// <summary>
/// Turns the tokens of one text back into characters, token by token. Never gives half a UTF-8 sequence or half a
/// surrogate pair; invalid bytes become one U+FFFD for each maximal subpart (Unicode, chapter 3).
/// </summary>
/// <remarks>Holds the state of one text; not thread-safe. The same code decodes whole texts.</remarks>
public sealed class StreamingDetokenizer
{
    private readonly TokenDecoder _decoder;
    private readonly Vocabulary _vocabulary;
    private readonly bool _showSpecial;
    private readonly Decoder _utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false).GetDecoder();
    private bool _atStart = true;
    private int _stripsLeft;
    private string _held = "";

    internal StreamingDetokenizer(TokenDecoder decoder, Vocabulary vocabulary, bool showSpecial)
    {
        _decoder = decoder;
        _vocabulary = vocabulary;
        _showSpecial = showSpecial;
        _stripsLeft = decoder.StripCount;
    }

    /// <summary>The text that may leave after this token; often empty.</summary>
    /// <param name="id">A token id; one without a token gives no text.</param>
    public string Push(int id)
    {
        var isSpecial = _vocabulary.IsSpecial(id);
        if (isSpecial)
        {
            // Bytes before and behind a special token never join. The U+FFFD waits for the next text or the end:
            // whoever stops at this token may not want it.
            _held += Convert([], flush: true);
        }

        if (isSpecial && !_showSpecial)
        {
            return "";
        }

        if ((_atStart ? _decoder.FirstBytes(id) : _decoder.Bytes(id)) is not { } bytes)
        {
            return "";
        }

        _atStart = false;
        var text = Convert(StripStart(bytes), flush: false);
        if (text.Length == 0)
        {
            return "";
        }

        (text, _held) = (_held + text, "");
        return text;
    }

    /// <summary>What is left at the end: at most one U+FFFD for an unfinished character.</summary>
    public string Flush()
    {
        var text = _held + Convert([], flush: true);
        _held = "";
        return text;
    }

    private ReadOnlySpan<byte> StripStart(ReadOnlySpan<byte> bytes)
    {
        while (_stripsLeft > 0 && bytes.Length > 0)
        {
            if (!bytes.StartsWith(_decoder.Strip))
            {
                _stripsLeft = 0;
                break;
            }

            bytes = bytes[_decoder.Strip.Length..];
            _stripsLeft--;
        }

        return bytes;
    }

    private string Convert(ReadOnlySpan<byte> bytes, bool flush)
    {
        // Each byte gives at most one code unit, and pending bytes one U+FFFD more.
        Span<char> chars = bytes.Length <= 256 ? stackalloc char[258] : new char[bytes.Length + 2];
        return new string(chars[.._utf8.GetChars(bytes, chars, flush)]);
    }
}
