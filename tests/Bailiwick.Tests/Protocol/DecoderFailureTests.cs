using System.Diagnostics;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Tests.Protocol;

/// <summary>Decoders that do not start, speak garbage, or lose their parent.</summary>
public sealed class DecoderFailureTests
{
    [Fact]
    public async Task Link_ExecutableIsMissing_FailsAndNamesIt()
    {
        await using var link = await LinkUnderTest.StartAsync(Broken("/nonexistent/decoder"), DecoderPhase.Failed);

        Assert.Equal(LossKind.NotStarted, link.State.Loss?.Kind);
        Assert.Contains("/nonexistent/decoder", link.State.Loss?.Problem.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Link_DecoderWithoutIsolation_RefusesToLoad()
    {
        await using var link = await LinkUnderTest.StartAsync(Unisolated(allowed: false), DecoderPhase.Failed);

        Assert.Equal((LossKind.Fault, true), (link.State.Loss?.Kind, link.State.Loss?.Permanent));
        Assert.Contains("not isolated", link.State.Loss?.Problem.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Link_DecoderWithoutIsolationThatPolicyAllows_Loads()
    {
        await using var link = await LinkUnderTest.StartAsync(Unisolated(allowed: true));

        Assert.False(link.State.Hello?.Isolation.Isolated);
    }

    // `exec`: a process of its own would outlive the script, and hold its pipes.
    [Theory]
    [InlineData("printf '\\377\\377\\377\\377\\377\\377'; exec sleep 1000", LossKind.Garbage)]
    [InlineData("printf '\\003abc'; exec sleep 1000", LossKind.Garbage)]
    [InlineData("printf '\\000'; exec sleep 1000", LossKind.Garbage)]
    [InlineData("printf '\\100abc'; exit 3", LossKind.NotStarted)]
    [InlineData("exit 75", LossKind.MemoryLimit)]
    [InlineData("kill -9 $$", LossKind.Ended)]
    public async Task Link_ScriptInPlaceOfADecoder_FailsWithTheKind(string script, LossKind expected)
    {
        var path = Path.Combine(Scratch.Folder(), "decoder");
        await File.WriteAllTextAsync(path, $"#!/bin/bash\n{script}\n");
        Assert.Equal(0, LinkUnderTest.ChangeMode(path, 0b111_000_000));

        await using var link = await LinkUnderTest.StartAsync(Broken(path), DecoderPhase.Failed);

        Assert.Equal(expected, link.State.Loss?.Kind);
        Assert.EndsWith(".", link.State.Loss?.Problem.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Link_ProfileIsMalformed_FailsWithTheDecodersSentence()
    {
        var options = LinkUnderTest.Simulated("""{"steps_per_second":10,"colour":"blue"}""");

        await using var link = await LinkUnderTest.StartAsync(options, DecoderPhase.Failed);

        Assert.Equal("invalid", link.State.Loss?.Problem.Code);
        Assert.Contains("profile.json", link.State.Loss?.Problem.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_OutOfRange_AreAllNamedAtOnce()
    {
        var options = new DecoderLinkOptions { Load = new Load(), HangTimeout = TimeSpan.Zero, MaxPendingEvents = 0, CancelTimeout = TimeSpan.Zero };

        Assert.Equal(["HangTimeout", "CancelTimeout", "MaxPendingEvents"], options.Validate().Select(fault => fault.Split(' ')[0]));
        Assert.Empty(new DecoderLinkOptions { Load = new Load() }.Validate());
    }

    [Fact]
    public async Task Decoder_ParentIsKilled_DiesAlthoughItsInputStaysOpen()
    {
        using var parent = StartParent();
        var pid = int.Parse((await parent.StandardError.ReadLineAsync())!, System.Globalization.CultureInfo.InvariantCulture);
        Assert.NotEqual(-1, parent.StandardOutput.BaseStream.ReadByte());

        parent.Kill();

        await LinkUnderTest.UntilAsync(() => LinkUnderTest.IsGone(pid), "parent killed", () => $"decoder {pid} alive");
    }

    [Fact]
    public async Task Decoder_InputEnds_EndsWithSuccess()
    {
        using var parent = StartParent();
        Assert.NotEqual(-1, parent.StandardOutput.BaseStream.ReadByte());

        parent.StandardInput.Close();

        using var limit = new CancellationTokenSource(LinkUnderTest.Wait);
        await parent.WaitForExitAsync(limit.Token);
        Assert.Equal(0, parent.ExitCode);
    }

    // A shell that starts a decoder with the test's pipes and waits for it; it prints the decoder's process id.
    private static Process StartParent()
    {
        var start = new ProcessStartInfo("bash")
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        string[] arguments =
        [
            "-c", "exec 3<&0; \"$0\" --simulate \"$1\" <&3 & echo $! >&2; exec 3<&-; exec </dev/null >/dev/null; wait $!",
            LinkUnderTest.Executable, LinkUnderTest.Profile("{}"),
        ];
        Array.ForEach(arguments, start.ArgumentList.Add);
        return Process.Start(start)!;
    }

    private static DecoderLinkOptions Broken(string executable) =>
        new() { Executable = executable, Load = new Load(), Isolate = false, MaxRestarts = 0 };

    private static DecoderLinkOptions Unisolated(bool allowed) => new()
    {
        Executable = LinkUnderTest.Executable,
        Load = new Load { AllowUnisolated = allowed },
        SimulationProfile = LinkUnderTest.Profile("{}"),
        Isolate = false,
    };
}
