using System.Runtime.InteropServices;

namespace Bailiwick.Decoder.GenAi;

/// <summary>
/// The part of ONNX Runtime GenAI's C API (ort_genai_c.h, 0.15) that the loop needs. Functions that return a result
/// give a null pointer on success, else an OgaResult that <see cref="GenAiCall"/> turns into an exception.
/// </summary>
internal static unsafe partial class GenAiNative
{
    internal const string Library = "onnxruntime-genai";

    /// <summary>OgaElementType_float32.</summary>
    internal const int Float32 = 1;

    [LibraryImport(Library)]
    internal static partial byte* OgaResultGetError(nint result);

    [LibraryImport(Library)]
    internal static partial void OgaDestroyResult(nint result);

    [LibraryImport(Library)]
    internal static partial void OgaSetTelemetryEnabled([MarshalAs(UnmanagedType.U1)] bool enabled);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint OgaCreateConfig(string configPath, out nint config);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint OgaConfigOverlay(ConfigHandle config, string json);

    [LibraryImport(Library)]
    internal static partial void OgaDestroyConfig(nint config);

    [LibraryImport(Library)]
    internal static partial nint OgaCreateModelFromConfig(ConfigHandle config, out nint model);

    [LibraryImport(Library)]
    internal static partial void OgaDestroyModel(nint model);

    [LibraryImport(Library)]
    internal static partial nint OgaCreateGeneratorParams(ModelHandle model, out nint parameters);

    [LibraryImport(Library)]
    internal static partial void OgaDestroyGeneratorParams(nint parameters);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint OgaGeneratorParamsSetSearchNumber(GeneratorParamsHandle parameters, string name, double value);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint OgaGeneratorParamsSetSearchBool(
        GeneratorParamsHandle parameters, string name, [MarshalAs(UnmanagedType.U1)] bool value);

    [LibraryImport(Library)]
    internal static partial nint OgaCreateGenerator(ModelHandle model, GeneratorParamsHandle parameters, out nint generator);

    [LibraryImport(Library)]
    internal static partial void OgaDestroyGenerator(nint generator);

    [LibraryImport(Library)]
    internal static partial nint OgaGenerator_AppendTokens(GeneratorHandle generator, int* ids, nuint count);

    [LibraryImport(Library)]
    internal static partial nint OgaGenerator_GenerateNextToken(GeneratorHandle generator);

    [LibraryImport(Library)]
    internal static partial nint OgaGenerator_GetLogits(GeneratorHandle generator, out nint tensor);

    [LibraryImport(Library)]
    internal static partial nint OgaGenerator_SetLogits(GeneratorHandle generator, TensorHandle tensor);

    [LibraryImport(Library)]
    internal static partial nint OgaCreateTensorFromBuffer(
        void* data, long* dimensions, nuint rank, int elementType, out nint tensor);

    [LibraryImport(Library)]
    internal static partial nint OgaTensorGetData(nint tensor, out void* data);

    [LibraryImport(Library)]
    internal static partial nint OgaTensorGetShapeRank(nint tensor, out nuint rank);

    [LibraryImport(Library)]
    internal static partial nint OgaTensorGetShape(nint tensor, long* dimensions, nuint rank);

    [LibraryImport(Library)]
    internal static partial nint OgaTensorGetType(nint tensor, out int elementType);

    [LibraryImport(Library)]
    internal static partial void OgaDestroyTensor(nint tensor);
}
