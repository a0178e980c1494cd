using Bailiwick.Decoder.GenAi;
using Bailiwick.Decoder.Grammar;
using Bailiwick.Protocol;
using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Decoder.Loop;

/// <summary>Everything that belongs to one loaded folder. Made, used and freed on the owner thread.</summary>
internal sealed class LoadedModel : IDisposable
{
    private const int DefaultContexts = 8;

    private LoadedModel(EngineOptions options, ITokenLoop loop, ITurnText text, IReadOnlyList<int> stopIds, GrammarEngine? grammar)
    {
        Options = options;
        Text = text;
        Loop = loop;
        StopIds = stopIds;
        Grammar = grammar;
        Blocks = new KvBlocks(BlocksFor(options, loop.ContextTokens), options.KvBlockTokens);
        Ready = new Ready
        {
            ContextTokens = loop.ContextTokens,
            Vocabulary = loop.Vocabulary,
            KvBlocks = Blocks.Total,
            KvBlockTokens = Blocks.BlockTokens,
            Capabilities = new Capabilities
            {
                Grammar = grammar is not null,
                Logprobs = true,
                ExactResume = loop.ExactResume,
                ChatTemplate = text.HasChatTemplate,
                MaxTopLogprobs = SubmitChecks.MostTopLogprobs,
            },
            CpuClass = CpuClass.Describe(),
        };
        Ready.Warnings.AddRange(text.Warnings);
    }

    internal EngineOptions Options { get; }

    internal ITurnText Text { get; }

    internal ITokenLoop Loop { get; }

    /// <summary>Null when the native library has no grammar engine.</summary>
    internal GrammarEngine? Grammar { get; }

    internal KvBlocks Blocks { get; }

    internal IReadOnlyList<int> StopIds { get; }

    internal Ready Ready { get; }

    /// <exception cref="DecoderProblemException">The sentence names the file or field, and the reason.</exception>
    internal static LoadedModel Load(Load request, TimeProvider clock)
    {
        var startedAt = clock.GetTimestamp();
        var options = EngineOptions.Checked(request);
        var runtime = NativeRuntime.Load(request.GenaiLibrary, request.OnnxruntimeLibrary);
        var folder = GenAiFolder.Read(request.ModelDirectory);
        var text = ModelFolderText.Load(folder.Directory);
        try
        {
            var model = Of(options, GenAiTokenLoop.Load(folder, options.Threads), text, folder.StopIds, () =>
                GrammarEngine.TryCreate(runtime.GenAi, folder.Vocabulary, BytesInGrammars(text), folder.StopIds));
            model.Ready.Runtime = runtime.Description;
            model.Ready.RuntimeDigest = runtime.Digest;
            model.Ready.LoadMs = (long)clock.GetElapsedTime(startedAt).TotalMilliseconds;
            return model;
        }
        catch (GenAiException failure)
        {
            // No prompt has been seen yet, so the library's own text may be shown.
            throw new DecoderProblemException(
                Errors.Invalid, $"{folder.Directory} was refused by ONNX Runtime GenAI ({failure.Message}): {failure.Detail}");
        }
    }

    /// <summary>Puts a model together. It owns the loop from here on: if the rest fails, the loop is freed.</summary>
    internal static LoadedModel Of(
        EngineOptions options, ITokenLoop loop, ITurnText text, IReadOnlyList<int> stopIds, Func<GrammarEngine?> grammar)
    {
        try
        {
            return new LoadedModel(options, loop, text, stopIds, grammar());
        }
        catch
        {
            loop.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Grammar?.Dispose();
        Loop.Dispose();
    }

    // A marker of calls counts as a token, never as its letters: a grammar names it by its id.
    private static Func<int, ReadOnlyMemory<byte>> BytesInGrammars(ITurnText text)
    {
        HashSet<int> markers = [.. text.Tools?.MarkerIds ?? []];
        return id => markers.Contains(id) ? default : text.TokenBytes(id);
    }

    private static int BlocksFor(EngineOptions options, int contextTokens)
    {
        if (options.KvBlocks > 0)
        {
            return options.KvBlocks;
        }

        var perContext = (contextTokens + options.KvBlockTokens - 1) / options.KvBlockTokens;
        return (int)Math.Min(int.MaxValue, (long)DefaultContexts * perContext);
    }
}
