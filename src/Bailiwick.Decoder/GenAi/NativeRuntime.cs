using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Bailiwick.Decoder.Loop;
using Bailiwick.Protocol;

namespace Bailiwick.Decoder.GenAi;

/// <summary>The two native libraries of this process: checked, then loaded, once.</summary>
/// <param name="Description">For people, e.g. "genai 0.15.2 + onnxruntime 1.31.1".</param>
/// <param name="Digest">SHA-256, hex, over the SHA-256 of GenAI's library followed by that of ONNX Runtime's.</param>
/// <param name="GenAi">Handle of GenAI's library, in which the grammar engine's functions are looked up too.</param>
internal sealed record NativeRuntime(string Description, string Digest, nint GenAi)
{
    /// <summary>Microsoft's own 0.15.2 for linux-x64; the same bytes that infra/get-genai.sh checks.</summary>
    internal const string PinnedGenAiDigest = "d346e51d9386f174fbab2fd67c499258e79575f2c3a31f537764542d7e0b59bc";

    private const string PinnedGenAiVersion = "0.15.2";

    /// <summary>A site with another build of GenAI names its digest here (SHA-256, hex), beside its path.</summary>
    private const string DigestVariable = "BAILIWICK_GENAI_DIGEST";

    private static readonly Lock Gate = new();
    private static NativeRuntime? _loaded;
    private static (string GenAi, string OnnxRuntime) _loadedDigests;

    /// <summary>Loads both libraries, or gives those that this process has loaded already.</summary>
    /// <param name="genAiOption">Load.genai_library, may be empty.</param>
    /// <param name="onnxRuntimeOption">Load.onnxruntime_library, may be empty.</param>
    /// <exception cref="DecoderProblemException">Telemetry is on, a file is absent, or its digest is not the expected one.</exception>
    internal static NativeRuntime Load(string genAiOption, string onnxRuntimeOption)
    {
        RequireTelemetryOff();
        var genAi = RuntimeFiles.GenAi(genAiOption);
        var onnxRuntime = RuntimeFiles.OnnxRuntime(onnxRuntimeOption);
        var genAiDigest = Sha256(genAi);
        RequireExpected(genAi, genAiDigest);
        var onnxRuntimeDigest = Sha256(onnxRuntime);
        lock (Gate)
        {
            if (_loaded is null)
            {
                _loaded = LoadOnce(genAi, genAiDigest, onnxRuntime, onnxRuntimeDigest);
                _loadedDigests = (genAiDigest, onnxRuntimeDigest);
            }
            else if (_loadedDigests != (genAiDigest, onnxRuntimeDigest))
            {
                throw new DecoderProblemException(
                    Errors.Internal, "This process has loaded other native libraries already; start another decoder for these.");
            }

            return _loaded;
        }
    }

    // ONNX Runtime reads the real environment when it is loaded; .NET's copy of it is not enough.
    private static void RequireTelemetryOff()
    {
        if (LibC.GetEnvironment("ORT_DISABLE_TELEMETRY") != "1")
        {
            throw new DecoderProblemException(
                Errors.Internal, "ORT_DISABLE_TELEMETRY=1 is not in the environment of this process; its parent must set it.");
        }
    }

    private static void RequireExpected(string path, string digest)
    {
        var named = Environment.GetEnvironmentVariable(DigestVariable);
        var expected = string.IsNullOrEmpty(named) ? PinnedGenAiDigest : named;
        if (!digest.Equals(expected, StringComparison.OrdinalIgnoreCase))
        {
            throw new DecoderProblemException(
                Errors.Invalid,
                $"{path} was not loaded: its SHA-256 is {digest}, expected {expected}"
                + $" ({(string.IsNullOrEmpty(named) ? "the pinned GenAI " + PinnedGenAiVersion : DigestVariable)}).");
        }
    }

    private static NativeRuntime LoadOnce(string genAi, string genAiDigest, string onnxRuntime, string onnxRuntimeDigest)
    {
        // ONNX Runtime first, by path: GenAI looks it up by ORT_LIB_PATH, and else by name in the system's folders.
        var onnxRuntimeHandle = Open(onnxRuntime);
        LibC.SetEnvironment("ORT_LIB_PATH", onnxRuntime);
        var genAiHandle = Open(genAi);
        NativeLibrary.SetDllImportResolver(
            Assembly.GetExecutingAssembly(), (name, _, _) => name == GenAiNative.Library ? genAiHandle : 0);
        GenAiNative.OgaSetTelemetryEnabled(false);
        var version = genAiDigest == PinnedGenAiDigest ? PinnedGenAiVersion : genAiDigest[..12];
        var both = SHA256.HashData([.. Convert.FromHexString(genAiDigest), .. Convert.FromHexString(onnxRuntimeDigest)]);
        return new NativeRuntime(
            $"genai {version} + onnxruntime {OnnxRuntimeVersion(onnxRuntimeHandle)}",
            Convert.ToHexStringLower(both),
            genAiHandle);
    }

    private static nint Open(string path)
    {
        try
        {
            return NativeLibrary.Load(path);
        }
        catch (Exception problem) when (problem is DllNotFoundException or BadImageFormatException)
        {
            throw new DecoderProblemException(Errors.Invalid, $"{path} could not be loaded as a native library.");
        }
    }

    // OrtApiBase is two function pointers: GetApi, GetVersionString (onnxruntime_c_api.h).
    private static unsafe string OnnxRuntimeVersion(nint library)
    {
        var getBase = (delegate* unmanaged<nint*>)NativeLibrary.GetExport(library, "OrtGetApiBase");
        var getVersion = (delegate* unmanaged<byte*>)getBase()[1];
        return Encoding.ASCII.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(getVersion()));
    }

    private static string Sha256(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}
