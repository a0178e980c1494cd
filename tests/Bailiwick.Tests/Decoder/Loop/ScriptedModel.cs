using System.Diagnostics.CodeAnalysis;
using Bailiwick.Decoder.Loop;
using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Tests.Decoder.Loop;

/// <summary>
/// A model that computes nothing: the likeliest token is always one more than the last, and marked tokens make it fail
/// the way that each stands for. Everything above the seam runs as it does over a real one.
/// </summary>
internal sealed class ScriptedModel : ITokenLoop, ITurnText
{
    internal const int EndOfAnswer = 0;

    /// <summary>The forward pass over a prompt that starts with it fails as native ones do.</summary>
    internal const int FailureInPrefill = 60;

    /// <summary>A bug in the forward pass over a prompt that holds it.</summary>
    internal const int BugInPrefill = 61;

    /// <summary>A bug in the text of this token, which the model chooses after <see cref="BugInText"/> - 1.</summary>
    internal const int BugInText = 40;

    private int _disposed;

    public int ContextTokens { get; init; } = 1 << 20;

    public int Vocabulary => 64;

    public bool ExactResume => true;

    public bool HasChatTemplate => false;

    public IReadOnlyList<string> Warnings => [];

    internal int Disposed => Volatile.Read(ref _disposed);

    /// <summary>Called on the owner thread for each turn: why there is no room, or null.</summary>
    internal Func<string?>? OnOpen { get; set; }

    /// <summary>Called on the owner thread before each step.</summary>
    internal Action? BeforeStep { get; set; }

    internal LoadedModel Load(int kvBlocks = 0, int maxActive = 0) => LoadedModel.Of(
        EngineOptions.Checked(new Load { KvBlocks = kvBlocks, MaxActiveTurns = maxActive }), this, this, [EndOfAnswer], () => null);

    public bool TryOpen(int maxTokens, [NotNullWhen(true)] out ITokenRow? row, [NotNullWhen(false)] out string? failure)
    {
        failure = OnOpen?.Invoke();
        row = failure is null ? new Row() : null;
        return row is not null;
    }

    public void Prefill(ITokenRow row, ReadOnlySpan<int> tokens)
    {
        var own = (Row)row;
        if (tokens.Contains(BugInPrefill))
        {
            throw new InvalidOperationException(Secret);
        }

        own.Failure = tokens[0] == FailureInPrefill ? "failed" : null;
        own.Last = tokens[^1];
    }

    internal const string Secret = "payload-marker";

    public void Step(ReadOnlySpan<ITokenRow> rows, ReadOnlySpan<int> tokens)
    {
        BeforeStep?.Invoke();
        for (var i = 0; i < rows.Length; i++)
        {
            ((Row)rows[i]).Last = tokens[i];
        }
    }

    public void CopyLogits(ITokenRow row, Span<float> destination)
    {
        destination.Clear();

        // Round and round, but never to a marked token, unless it starts below one.
        destination[((Row)row).Last switch { BugInText - 1 => BugInText, >= 30 => 1, var last => last + 1 }] = 1;
    }

    public int[] EncodePlain(string text) =>
        text == Secret ? throw new InvalidOperationException(Secret) : [.. text.Select(static _ => 1)];

    public int[] EncodePrompt(string text) => EncodePlain(text);

    public int[] EncodeRecognising(string text) => EncodePlain(text);

    public RenderedChat Render(Chat chat) => throw new NotSupportedException("There is no chat template.");

    public string Decode(IReadOnlyList<int> ids, bool showControl) => string.Join(' ', ids);

    public bool IsControl(int id) => id == EndOfAnswer;

    public ReadOnlyMemory<byte> TokenBytes(int id) => default;

    public ITextStream NewStream() => new Stream();

    public void Dispose() => Interlocked.Increment(ref _disposed);

    private sealed class Row : ITokenRow
    {
        internal int Last { get; set; }

        public string? Failure { get; internal set; }

        public void Dispose()
        {
            // Holds nothing.
        }
    }

    private sealed class Stream : ITextStream
    {
        public string Append(int id) => id == BugInText ? throw new InvalidOperationException(Secret) : $"{id} ";

        public string Flush() => "";
    }
}
