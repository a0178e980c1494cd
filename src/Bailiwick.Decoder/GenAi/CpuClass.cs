using System.Runtime.Intrinsics.X86;

namespace Bailiwick.Decoder.GenAi;

/// <summary>
/// Names what may change rounding on this processor: vendor, family, model, and the vector extensions that ONNX
/// Runtime's kernels choose by. Two machines of one class give equal bits.
/// </summary>
internal static class CpuClass
{
    private static readonly string[] Extensions =
        ["avx2", "fma", "avx_vnni", "avx512f", "avx512bw", "avx512vl", "avx512_vnni", "avx512_bf16", "amx_int8", "amx_bf16"];

    internal static string Describe()
    {
        var facts = FirstProcessor();
        if (facts.Count == 0)
        {
            return "unknown" + (Avx2.IsSupported ? " avx2" : "");
        }

        var flags = facts.GetValueOrDefault("flags", "").Split(' ').ToHashSet(StringComparer.Ordinal);
        return string.Join(' ', [
            facts.GetValueOrDefault("vendor_id", "unknown"),
            "family", facts.GetValueOrDefault("cpu family", "?"),
            "model", facts.GetValueOrDefault("model", "?"),
            .. Extensions.Where(flags.Contains),
        ]);
    }

    private static Dictionary<string, string> FirstProcessor()
    {
        const string path = "/proc/cpuinfo";
        var facts = new Dictionary<string, string>(StringComparer.Ordinal);
        if (!File.Exists(path))
        {
            return facts;
        }

        foreach (var line in File.ReadLines(path).TakeWhile(line => line.Length > 0))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
            {
                facts[line[..colon].Trim()] = line[(colon + 1)..].Trim();
            }
        }

        return facts;
    }
}
