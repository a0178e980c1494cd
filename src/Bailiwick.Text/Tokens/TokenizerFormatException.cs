namespace Bailiwick.Text.Tokens;

/// <summary>A tokenizer file that breaks its own format, or asks for more than the reader's limits allow.</summary>
/// <remarks>The message names the place in the file and the reason; it holds no client text.</remarks>
public class TokenizerFormatException : Exception
{
    public TokenizerFormatException(string message)
        : base(message)
    {
    }

    public TokenizerFormatException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

/// <summary>A well-formed tokenizer file that uses a component or a setting which this reader does not know.</summary>
public sealed class TokenizerNotSupportedException : TokenizerFormatException
{
    public TokenizerNotSupportedException(string message)
        : base(message)
    {
    }
}

/// <summary>The tokenizer wants more time or room for a text than the limits allow: its file is unsafe for that text.</summary>
public sealed class TokenizerLimitException : Exception
{
    public TokenizerLimitException(string message)
        : base(message)
    {
    }

    public TokenizerLimitException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
