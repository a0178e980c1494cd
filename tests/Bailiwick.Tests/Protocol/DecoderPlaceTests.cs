using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Bailiwick.Decoder.GenAi;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Tests.Models;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bailiwick.Tests.Protocol;

/// <summary>What a decoder finds around it: its environment, its native library, its clock.</summary>
[Trait("Category", "DecoderLife")]
[Collection(DecoderLifeCollection.Name)]
public sealed class DecoderPlaceTests(DefaultModel model)
{
    private const string Telemetry = "ORT_DISABLE_TELEMETRY";

    [Fact]
    public async Task Check_WithoutTheTelemetrySwitchInTheEnvironment_IsRefused()
    {
        var verdict = await VerdictAsync(telemetryOff: false);

        Assert.False(verdict.Accepted);
        Assert.Contains(Telemetry, verdict.Problem, StringComparison.Ordinal);
        Assert.True((await VerdictAsync(telemetryOff: true)).Accepted);
    }

    [Fact]
    public async Task Decoder_WithoutTheTelemetrySwitch_AnswersLoadWithAFault()
    {
        using var decoder = Process.Start(StartOf(telemetryOff: false))!;
        using var writer = new FrameWriter(decoder.StandardInput.BaseStream, "test");
        using var reader = new FrameReader(decoder.StandardOutput.BaseStream);
        writer.TryWrite(new ToDecoder { Load = new Load { ModelDirectory = model.Folder, AllowUnisolated = true } });

        var hello = Next(reader);
        var fault = Next(reader);

        Assert.False(hello.Hello.Isolation.TelemetryOff);
        Assert.Contains(Telemetry, fault.Fault.Problem.Sentence, StringComparison.Ordinal);
        using var limit = new CancellationTokenSource(LinkUnderTest.Wait);
        await decoder.WaitForExitAsync(limit.Token);
        Assert.NotEqual(0, decoder.ExitCode);
    }

    [Fact]
    public async Task Link_OtherLibraryWhoseDigestIsNamed_IsLoadedAndSaysSo()
    {
        // A byte behind the end of an ELF file changes its digest and nothing that it does.
        using var folder = new TemporaryLibrary([.. await File.ReadAllBytesAsync(RuntimeFiles.GenAi("")), 0]);

        await using var named = await LinkUnderTest.StartAsync(With(folder, folder.Digest.ToUpperInvariant()));

        Assert.Contains(folder.Digest[..12], named.State.Ready?.Runtime, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Link_OtherLibraryThanTheDigestNames_IsRefusedByFileAndBothDigests()
    {
        using var folder = new TemporaryLibrary([.. await File.ReadAllBytesAsync(RuntimeFiles.GenAi("")), 0]);
        var other = new string('a', 64);

        await using var unnamed = await LinkUnderTest.StartAsync(With(folder, ""), DecoderPhase.Failed);
        await using var mismatch = await LinkUnderTest.StartAsync(With(folder, other), DecoderPhase.Failed);

        Assert.All([NativeRuntime.PinnedGenAiDigest, folder.Digest, folder.File], part =>
            Assert.Contains(part, unnamed.State.Loss?.Problem.Sentence, StringComparison.Ordinal));
        Assert.All([other, folder.Digest, folder.File, "BAILIWICK_GENAI_DIGEST"], part =>
            Assert.Contains(part, mismatch.State.Loss?.Problem.Sentence, StringComparison.Ordinal));
    }

    [Fact]
    public async Task TextCalls_WithoutAnInstant_RenderTheLinksTime()
    {
        using var folder = new ChangedBuild(model.Folder);
        await File.WriteAllTextAsync(folder.At("chat_template.jinja"), "{{ strftime_now('%d %b %Y') }}{{ messages[0].content }}");
        var options = model.Options();
        options.Load.ModelDirectory = folder.Path;
        using var limit = new CancellationTokenSource(LinkUnderTest.Wait);
        await using var link = await DecoderLink.StartAsync(options, new Year2031(), NullLogger.Instance, limit.Token);
        Assert.Equal(DecoderPhase.Ready, link.State.Phase);
        var chat = new Chat { MessagesJson = """[{"role":"user","content":"!"}]""" };

        var rendered = await link.CallAsync(new TextCall { RenderChat = chat }, limit.Token);
        var counted = await link.CountAsync(chat, limit.Token);
        var turn = await LinkUnderTest.RunAsync(link, new Submit { Chat = chat, MaxTokens = 1 });

        Assert.Equal("05 Mar 2031!", rendered.Text);
        Assert.Equal(rendered.Id.Count, counted.Count);
        Assert.Equal(rendered.Id.Count, turn.Finished.PromptTokens);
        Assert.Equal("", chat.Now);
    }

    private static FromDecoder Next(FrameReader reader)
    {
        Assert.True(reader.TryRead(out var payload), "the decoder's stdout ended");
        return FrameReader.Parse(FromDecoder.Parser, payload);
    }

    private DecoderLinkOptions With(TemporaryLibrary library, string digest) => new()
    {
        Executable = LinkUnderTest.Executable,
        Load = new Load { ModelDirectory = model.Folder, GenaiLibrary = library.File },
        MaxRestarts = 0,
        Environment = new Dictionary<string, string> { ["BAILIWICK_GENAI_DIGEST"] = digest },
    };

    private async Task<DecoderVerdict> VerdictAsync(bool telemetryOff)
    {
        using var decoder = Process.Start(StartOf(telemetryOff, "--check", model.Folder, "--allow-unisolated"))!;
        using var limit = new CancellationTokenSource(LinkUnderTest.Wait);
        var output = await decoder.StandardOutput.ReadToEndAsync(limit.Token);
        await decoder.WaitForExitAsync(limit.Token);
        var verdict = JsonSerializer.Deserialize<DecoderVerdict>(output, DecoderVerdict.Json)!;
        Assert.Equal(verdict.Accepted, decoder.ExitCode == 0);
        return verdict;
    }

    private static ProcessStartInfo StartOf(bool telemetryOff, params string[] arguments)
    {
        var start = new ProcessStartInfo(LinkUnderTest.Executable, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment.Remove(Telemetry);
        if (telemetryOff)
        {
            start.Environment[Telemetry] = "1";
        }

        return start;
    }

    private sealed class Year2031 : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2031, 3, 5, 12, 0, 0, TimeSpan.Zero);
    }

    private sealed class TemporaryLibrary : IDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("bailiwick-library-").FullName;

        internal TemporaryLibrary(byte[] bytes)
        {
            File = Path.Combine(_folder, RuntimeFiles.GenAiName);
            System.IO.File.WriteAllBytes(File, bytes);
            Digest = Convert.ToHexStringLower(SHA256.HashData(bytes));
        }

        internal string File { get; }

        internal string Digest { get; }

        public void Dispose() => Directory.Delete(_folder, recursive: true);
    }
}
