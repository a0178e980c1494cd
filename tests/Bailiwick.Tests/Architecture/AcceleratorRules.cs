using System.Diagnostics;
using System.Text.Json;

namespace Bailiwick.Tests.Architecture;

/// <summary>The CUDA build is evaluated, not restored: its packages are not on our feed and no GPU has run it.</summary>
public sealed class AcceleratorRules
{
    [Theory]
    [InlineData("Cuda", "Microsoft.ML.OnnxRuntime.Gpu,Microsoft.ML.OnnxRuntimeGenAI.Cuda")]
    [InlineData("Cpu", "Microsoft.ML.OnnxRuntime")]
    public void Decoder_UnderAnAccelerator_ReferencesItsRuntime(string accelerator, string expected)
    {
        var project = Path.Combine(Repository.Root, "src/Bailiwick.Decoder/Bailiwick.Decoder.csproj");
        var start = new ProcessStartInfo("dotnet", ["msbuild", project, "-getItem:PackageReference", $"-p:Accelerator={accelerator}"])
        {
            RedirectStandardOutput = true,
        };
        using var msbuild = Process.Start(start) ?? throw new InvalidOperationException("dotnet msbuild did not start");
        var output = msbuild.StandardOutput.ReadToEnd();
        msbuild.WaitForExit();
        Assert.True(msbuild.ExitCode == 0, output);

        using var document = JsonDocument.Parse(output);
        var runtimes = document.RootElement.GetProperty("Items").GetProperty("PackageReference").EnumerateArray()
            .Select(item => item.GetProperty("Identity").GetString()!)
            .Where(name => name.StartsWith("Microsoft.ML.OnnxRuntime", StringComparison.Ordinal));
        Assert.Equal(expected.Split(','), runtimes.Order(StringComparer.Ordinal));
    }
}
