using System.Runtime.CompilerServices;
using Bailiwick.Decoder.GenAi;
using Bailiwick.Decoder.Grammar;

namespace Bailiwick.Tests.Decoder.Grammar;

/// <summary>Our layouts of llguidance's structs against the defaults that the library itself writes into them.</summary>
public sealed unsafe class LlgLayoutTests
{
    [Fact]
    public void ConstraintInit_FilledByTheLibrary_HoldsItsDocumentedDefaults()
    {
        NativeRuntime.Load("", "");
        LlgNative.ConstraintInit init;
        LlgNative.llg_constraint_init_set_defaults(&init, 0x1234);
        Assert.Equal((nint)0x1234, init.Tokenizer);
        Assert.Equal((0u, 1u, 0, 0), (init.LogBufferLevel, init.LogStderrLevel, init.FastForwardTokens, init.Backtrack));
        Assert.Equal((2_000u, 1_000_000ul, 200_000ul), (init.Limits.MaxItemsInRow, init.Limits.InitialLexerFuel, init.Limits.StepLexerFuel));
        Assert.Equal((50_000u, 250_000u, 500_000u), (init.Limits.StepMaxItems, init.Limits.MaxLexerStates, init.Limits.MaxGrammarSize));
        Assert.Equal((1, 1), (init.Limits.PrecomputeLargeLexemes, init.Limits.VerboseErrors));
    }

    [Fact]
    public void Structs_OnThisPlatform_HaveTheSizesOfTheHeader()
    {
        Assert.Equal(56, Unsafe.SizeOf<LlgNative.ParserLimits>());
        Assert.Equal(80, Unsafe.SizeOf<LlgNative.ConstraintInit>());
        Assert.Equal(72, Unsafe.SizeOf<LlgNative.TokenizerInit>());
    }
}
