using System.Runtime.InteropServices;
using System.Text;
using Bailiwick.Decoder.Loop;
using Bailiwick.Decoder.Sampling;
using Bailiwick.Protocol;
using V1 = Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Decoder.Grammar;

/// <summary>
/// Compiles grammars for one vocabulary through llguidance. Compiled text comes from clients: it is bounded here, and
/// the engine's own limits (items, lexer fuel, states, size) stay at their defaults.
/// </summary>
internal sealed unsafe class GrammarEngine : IDisposable
{
    private const int LongestGrammar = 256 * 1024;

    private readonly LlgTokenizerHandle _tokenizer;
    private readonly int _vocabulary;
    private readonly IReadOnlyList<int> _stopIds;

    private GrammarEngine(LlgTokenizerHandle tokenizer, int vocabulary, IReadOnlyList<int> stopIds)
    {
        _tokenizer = tokenizer;
        _vocabulary = vocabulary;
        _stopIds = stopIds;
    }

    /// <param name="library">GenAI's library.</param>
    /// <param name="vocabulary">Width of the logits.</param>
    /// <param name="tokenBytes">Bytes that a token stands for; empty for ids that a grammar can never choose.</param>
    /// <param name="stopIds">Tokens that end a turn: allowed where the grammar is complete.</param>
    /// <returns>Null when this build of the library does not export the functions.</returns>
    internal static GrammarEngine? TryCreate(
        nint library, int vocabulary, Func<int, ReadOnlyMemory<byte>> tokenBytes, IReadOnlyList<int> stopIds)
    {
        if (!LlgNative.IsPresent(library))
        {
            return null;
        }

        var lengths = new uint[vocabulary];
        var bytes = new MemoryStream();
        for (var id = 0; id < vocabulary; id++)
        {
            var token = stopIds.Contains(id) ? default : tokenBytes(id);
            lengths[id] = (uint)token.Length;
            bytes.Write(token.Span);
        }

        return new GrammarEngine(CreateTokenizer(lengths, bytes.ToArray(), stopIds[0]), vocabulary, stopIds);
    }

    /// <exception cref="TurnRefusedException">The grammar is too long or does not compile.</exception>
    internal GrammarMatcher Compile(V1.Grammar grammar)
    {
        var (type, field, text) = grammar.KindCase switch
        {
            V1.Grammar.KindOneofCase.JsonSchema => ("json_schema", "grammar.json_schema", grammar.JsonSchema),
            V1.Grammar.KindOneofCase.Regex => ("regex", "grammar.regex", grammar.Regex),
            V1.Grammar.KindOneofCase.Lark => ("lark", "grammar.lark", grammar.Lark),
            _ => throw new TurnRefusedException(Problems.Invalid("grammar names no kind.")),
        };
        CheckLength(field, text);
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            throw new TurnRefusedException(Problems.Invalid($"{field} holds a NUL character."));
        }

        var data = type == "json_schema" ? JsonSchemaText.Prepare(text) : text;
        return Create(type, field, data);
    }

    /// <summary>Compiles the calls of a turn, written by ourselves around clients' schemas.</summary>
    /// <param name="lark">The grammar.</param>
    /// <param name="findFault">Throws what is wrong with one of the schemas, where it can be told.</param>
    /// <exception cref="TurnRefusedException">It is too long or does not compile.</exception>
    internal GrammarMatcher CompileCalls(string lark, Action findFault)
    {
        CheckLength("tools", lark);
        if (TryCreate("lark", lark, out var reason) is { } matcher)
        {
            return matcher;
        }

        findFault();
        throw new TurnRefusedException(Problems.Invalid(GrammarFault.Sentence("tools", isSchema: false, reason, lark)));
    }

    /// <summary>Compiles one prepared schema.</summary>
    /// <exception cref="TurnRefusedException">It does not compile.</exception>
    internal GrammarMatcher CompileSchema(string schema, string field) => Create("json_schema", field, schema);

    public void Dispose() => _tokenizer.Dispose();

    private static void CheckLength(string field, string text)
    {
        if (text.Length > LongestGrammar)
        {
            throw new TurnRefusedException(Problems.Of(
                Errors.TooLarge, $"{field} has {text.Length} characters, at most {LongestGrammar} are allowed."));
        }
    }

    private static LlgTokenizerHandle CreateTokenizer(uint[] lengths, byte[] bytes, int endOfSequence)
    {
        const int errorLength = 512;
        var error = stackalloc byte[errorLength];
        fixed (uint* firstLength = lengths)
        fixed (byte* firstByte = bytes)
        {
            // Greedy tokenizing serves fast-forward tokens only, which are not used: every token is sampled.
            var init = new LlgNative.TokenizerInit
            {
                VocabularySize = (uint)lengths.Length,
                EndOfSequence = (uint)endOfSequence,
                TokenLengths = firstLength,
                TokenBytes = firstByte,
                UseApproximateGreedyTokenize = 1,
            };
            var handle = LlgNative.llg_new_tokenizer(&init, error, errorLength);
            return handle != 0
                ? new LlgTokenizerHandle(handle)
                : throw new DecoderProblemException(
                    Errors.Internal,
                    "The grammar engine refused the vocabulary: " + Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(error)));
        }
    }

    private GrammarMatcher Create(string type, string field, string data) => TryCreate(type, data, out var reason)
        ?? throw new TurnRefusedException(Problems.Invalid(GrammarFault.Sentence(field, type == "json_schema", reason, data)));

    private GrammarMatcher? TryCreate(string type, string data, out string reason)
    {
        reason = "";
        LlgNative.ConstraintInit init;
        LlgNative.llg_constraint_init_set_defaults(&init, _tokenizer.DangerousGetHandle());

        // Its log and its verbose errors quote the grammar and the output.
        init.LogBufferLevel = 0;
        init.LogStderrLevel = 0;
        init.Limits.VerboseErrors = 0;
        var matcher = new MatcherHandle(LlgNative.llg_new_matcher(&init, type, data), _tokenizer);
        if (!LlgNative.llg_matcher_is_error(matcher))
        {
            return new GrammarMatcher(matcher, TokenMask.Words(_vocabulary), _stopIds);
        }

        reason = Marshal.PtrToStringUTF8((nint)LlgNative.llg_matcher_get_error(matcher)) ?? "";
        matcher.Dispose();
        return null;
    }
}
