using Bailiwick.Protocol.Decoder;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bailiwick.Tests.Protocol;

/// <summary>
/// Whether a decoder tears itself down when it ends. At its memory limit it must not: handlers and destructors would pull the libraries from
/// under the running loop, which ends its turns with an error instead of their resume.
/// </summary>
public sealed class DecoderEndTests
{
    private readonly string _traces = Scratch.Folder();

    [Fact]
    public async Task Decoder_AtItsMemoryLimit_EndsWithoutTeardown()
    {
        await using var link = await StartAsync(memoryLimit: 1);

        await LinkUnderTest.UntilAsync(() => link.State.Phase is DecoderPhase.Failed, "memory limit", () => $"{link.State}");

        Assert.Equal(LossKind.MemoryLimit, link.State.Loss?.Kind);
        Assert.Equal([StartupHook.Begun], Traces());
    }

    /// <summary>Shows that the other test would see a teardown.</summary>
    [Fact]
    public async Task Decoder_ThatIsStopped_TearsItselfDown()
    {
        await using (await StartAsync(memoryLimit: 0))
        {
            Assert.Equal([StartupHook.Begun], Traces());
        }

        Assert.Equal([StartupHook.Begun, StartupHook.TornDown], Traces());
    }

    private async Task<DecoderLink> StartAsync(long memoryLimit)
    {
        var simulated = LinkUnderTest.Simulated();
        simulated.Load.MemoryLimitBytes = memoryLimit;
        var options = new DecoderLinkOptions
        {
            Executable = simulated.Executable,
            Load = simulated.Load,
            SimulationProfile = simulated.SimulationProfile,
            HangTimeout = simulated.HangTimeout,
            MaxRestarts = 0,
            Environment = new Dictionary<string, string>
            {
                ["DOTNET_STARTUP_HOOKS"] = typeof(StartupHook).Assembly.Location,
                [StartupHook.Folder] = _traces,
            },
        };
        using var limit = new CancellationTokenSource(LinkUnderTest.Wait);
        return await DecoderLink.StartAsync(options, TimeProvider.System, NullLogger.Instance, limit.Token);
    }

    private IEnumerable<string?> Traces() => Directory.GetFiles(_traces).Select(Path.GetFileName).Order();
}
