using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Protocol.Decoder;

/// <summary>From rows of the error table to the frame's form.</summary>
public static class ProblemRows
{
    /// <summary>A problem of this row.</summary>
    /// <param name="row">Row of the error table.</param>
    /// <param name="sentence">What happened, without payload; ends with a full stop.</param>
    public static Problem With(this ErrorRow row, string sentence)
    {
        ArgumentNullException.ThrowIfNull(row);
        return new Problem { Code = row.Code, Sentence = sentence };
    }
}
