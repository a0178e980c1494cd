using Bailiwick.Decoder.GenAi;
using Bailiwick.Decoder.Loop;

namespace Bailiwick.Tests.Decoder.GenAi;

[Trait("Category", "Hostile")]
public sealed class NativeRuntimeTests
{
    [Fact]
    public void Load_ALibraryWithOneBitChanged_IsRefusedByFileAndDigest()
    {
        var folder = Directory.CreateTempSubdirectory("bailiwick-native-").FullName;
        try
        {
            var tampered = Path.Combine(folder, RuntimeFiles.GenAiName);
            var bytes = File.ReadAllBytes(RuntimeFiles.GenAi(""));
            bytes[bytes.Length / 2] ^= 1;
            File.WriteAllBytes(tampered, bytes);
            var refusal = Assert.Throws<DecoderProblemException>(() => NativeRuntime.Load(tampered, ""));
            Assert.Contains(tampered, refusal.Message, StringComparison.Ordinal);
            Assert.Contains(NativeRuntime.PinnedGenAiDigest, refusal.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Load_AFileThatIsNotThere_IsNamed() =>
        Assert.Contains("no-such.so", Assert.Throws<DecoderProblemException>(() => NativeRuntime.Load("/no-such.so", "")).Message, StringComparison.Ordinal);
}
