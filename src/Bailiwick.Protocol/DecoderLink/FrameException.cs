namespace Bailiwick.Protocol.Decoder;

/// <summary>The other side broke the framing: the connection cannot be used any further. Never holds payload.</summary>
public sealed class FrameException : IOException
{
    public FrameException(string message) : base(message)
    {
    }

    public FrameException(string message, Exception inner) : base(message, inner)
    {
    }

    public FrameException()
    {
    }

    /// <summary>The stream ended inside the frame: its writer died while writing.</summary>
    public bool IsTruncation { get; init; }
}
