using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Tests.Decoder.Loop;

/// <summary>What one turn answered. Filled on the engine's owner thread; read when <see cref="End"/> has completed.</summary>
internal sealed class TurnLog
{
    private readonly TaskCompletionSource<Finished> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal Task<Finished> End => _end.Task;

    /// <summary>How it ended; null while it has not.</summary>
    internal Finished? Ended { get; private set; }

    /// <summary>How it ended; only once it has.</summary>
    internal Finished Finished => Ended ?? throw new InvalidOperationException("The turn has not ended.");

    internal Started? Started { get; private set; }

    internal List<Token> Tokens { get; } = [];

    /// <summary>Called on the owner thread for each token, after it was added.</summary>
    internal Action<TurnLog>? OnToken { get; init; }

    internal IEnumerable<int> Ids => Tokens.Select(static token => token.Id);

    /// <summary>All text that left, the tail included.</summary>
    internal string Text => string.Concat(Tokens.Select(static token => token.Text)) + Finished.Tail;

    internal IEnumerable<string> Digests => Tokens.Select(static token => Convert.ToHexString(token.LogitsSha256.Span));

    internal void Add(FromDecoder frame)
    {
        switch (frame.FrameCase)
        {
            case FromDecoder.FrameOneofCase.Started:
                Started = frame.Started;
                break;
            case FromDecoder.FrameOneofCase.Tokens:
                // The engine fills the same object again: keep a copy.
                Tokens.AddRange(frame.Tokens.Token.Select(static token => token.Clone()));
                OnToken?.Invoke(this);
                break;
            case FromDecoder.FrameOneofCase.Finished:
                Ended = frame.Finished;
                _end.SetResult(frame.Finished);
                break;
        }
    }
}
