using System.Runtime.InteropServices;

namespace Bailiwick.Decoder.GenAi;

/// <summary>
/// A call into GenAI failed. <see cref="Exception.Message"/> names the call alone and may be shown;
/// <see cref="Detail"/> is the library's own text and may be shown only while no prompt has been seen, that is, at load.
/// </summary>
internal sealed class GenAiException(string operation, string detail) : Exception("ONNX Runtime GenAI failed in " + operation)
{
    internal string Detail { get; } = detail;
}

internal static unsafe class GenAiCall
{
    private const int LongestDetail = 300;

    /// <summary>Frees the result and throws when it is an error.</summary>
    internal static void Check(nint result, string operation)
    {
        if (result != 0)
        {
            throw Failure(result, operation);
        }
    }

    private static GenAiException Failure(nint result, string operation)
    {
        var text = Marshal.PtrToStringUTF8((nint)GenAiNative.OgaResultGetError(result)) ?? "";
        GenAiNative.OgaDestroyResult(result);
        return new GenAiException(operation, OneLine(text));
    }

    // The text can quote names out of an untrusted model folder: printable, one line, bounded.
    private static string OneLine(string text)
    {
        var shown = text.Length > LongestDetail ? text[..LongestDetail] : text;
        return string.Create(shown.Length, shown, static (line, source) =>
        {
            for (var i = 0; i < line.Length; i++)
            {
                line[i] = source[i] is >= ' ' and <= '~' ? source[i] : ' ';
            }
        });
    }
}
