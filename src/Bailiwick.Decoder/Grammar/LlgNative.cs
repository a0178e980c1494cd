using System.Runtime.InteropServices;
using Bailiwick.Decoder.GenAi;

namespace Bailiwick.Decoder.Grammar;

/// <summary>
/// The part of llguidance's C API (llguidance.h at the commit that GenAI 0.15 pins, 94fa3912) that the grammar engine
/// needs. The functions lie in GenAI's library; <see cref="IsPresent"/> says whether this build exports them.
/// </summary>
internal static unsafe partial class LlgNative
{
    private static readonly string[] Needed =
    [
        "llg_constraint_init_set_defaults", "llg_new_tokenizer", "llg_free_tokenizer", "llg_new_matcher",
        "llg_free_matcher", "llg_matcher_get_error", "llg_matcher_compute_mask_into", "llg_matcher_get_mask_byte_size",
        "llg_matcher_consume_token", "llg_matcher_is_stopped", "llg_matcher_is_error", "llg_matcher_reset",
    ];

    internal static bool IsPresent(nint library) =>
        Array.TrueForAll(Needed, name => NativeLibrary.TryGetExport(library, name, out _));

    [LibraryImport(GenAiNative.Library)]
    internal static partial void llg_constraint_init_set_defaults(ConstraintInit* init, nint tokenizer);

    [LibraryImport(GenAiNative.Library)]
    internal static partial nint llg_new_tokenizer(TokenizerInit* init, byte* error, nuint errorLength);

    [LibraryImport(GenAiNative.Library)]
    internal static partial void llg_free_tokenizer(nint tokenizer);

    [LibraryImport(GenAiNative.Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint llg_new_matcher(ConstraintInit* init, string constraintType, string data);

    [LibraryImport(GenAiNative.Library)]
    internal static partial void llg_free_matcher(nint matcher);

    [LibraryImport(GenAiNative.Library)]
    internal static partial byte* llg_matcher_get_error(MatcherHandle matcher);

    [LibraryImport(GenAiNative.Library)]
    internal static partial int llg_matcher_compute_mask_into(MatcherHandle matcher, uint* mask, nuint maskBytes);

    [LibraryImport(GenAiNative.Library)]
    internal static partial nuint llg_matcher_get_mask_byte_size(MatcherHandle matcher);

    [LibraryImport(GenAiNative.Library)]
    internal static partial int llg_matcher_consume_token(MatcherHandle matcher, uint token);

    [LibraryImport(GenAiNative.Library)]
    internal static partial int llg_matcher_reset(MatcherHandle matcher);

    [LibraryImport(GenAiNative.Library)]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool llg_matcher_is_stopped(MatcherHandle matcher);

    [LibraryImport(GenAiNative.Library)]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool llg_matcher_is_error(MatcherHandle matcher);

    /// <summary>LlgParserLimits; C's bool is one byte.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct ParserLimits
    {
        internal nuint MaxItemsInRow;
        internal ulong InitialLexerFuel;
        internal ulong StepLexerFuel;
        internal nuint StepMaxItems;
        internal nuint MaxLexerStates;
        internal nuint MaxGrammarSize;
        internal byte PrecomputeLargeLexemes;
        internal byte VerboseErrors;
    }

    /// <summary>LlgConstraintInit.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct ConstraintInit
    {
        internal nint Tokenizer;
        internal uint LogBufferLevel;
        internal uint LogStderrLevel;
        internal byte FastForwardTokens;
        internal byte Backtrack;
        internal ParserLimits Limits;
    }

    /// <summary>LlgTokenizerInit.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct TokenizerInit
    {
        internal uint VocabularySize;
        internal uint EndOfSequence;
        internal uint* TokenLengths;
        internal byte* TokenBytes;
        internal byte* TokenizerJson;
        internal byte TokenizeAssumesString;
        internal nint TokenizeFunction;
        internal byte UseApproximateGreedyTokenize;
        internal nint TokenizeUserData;
        internal byte** Slices;
    }
}

/// <summary>The vocabulary as llguidance holds it; shared by all matchers of a model.</summary>
internal sealed class LlgTokenizerHandle(nint value) : NativeHandle(value, parent: null)
{
    protected override void Free() => LlgNative.llg_free_tokenizer(handle);
}

/// <summary>One turn's place in its grammar. Keeps the tokenizer alive.</summary>
internal sealed class MatcherHandle(nint value, LlgTokenizerHandle tokenizer) : NativeHandle(value, tokenizer)
{
    protected override void Free() => LlgNative.llg_free_matcher(handle);
}
