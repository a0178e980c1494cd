using Bailiwick.Models.Onnx;

namespace Bailiwick.Models.Import;

/// <summary>What to import, into which store, in which form.</summary>
/// <param name="SourcePath">A .gguf file, or a folder with one, with a safetensors checkpoint, or with a finished GenAI model.</param>
/// <param name="StoreRoot">Folder of the store; made if it is absent.</param>
/// <param name="Options">Form of the build.</param>
public sealed record ImportRequest(string SourcePath, string StoreRoot, ImportOptions Options);

/// <summary>Form of a build. Equal options on equal sources give equal bytes on every machine.</summary>
public sealed record ImportOptions
{
    /// <summary>What the weights hold. Null: GGUF as stored, checkpoints in four bits.</summary>
    public WeightPrecision? Precision { get; init; }

    /// <summary>4: activations are rounded to int8, the normal form on a CPU. 0: they stay float32, for
    /// references.</summary>
    public int AccuracyLevel { get; init; } = 4;

    /// <summary>Logits of the last position only (a faster prefill). False for builds that score texts.</summary>
    public bool PrunedHead { get; init; } = true;

    /// <summary>Compute threads that genai_config.json states, 1 to 1024. A decoder may be told another number when
    /// it loads.</summary>
    public int Threads { get; init; } = 2;

    /// <summary>Longest sequence in tokens; null: what the model has.</summary>
    public int? ContextTokens { get; init; }
}

/// <summary>Steps of an import, in order.</summary>
public enum ImportPhase
{
    /// <summary>Another import holds the store.</summary>
    Waiting,

    /// <summary>Digests of the source; amounts are bytes.</summary>
    Reading,

    /// <summary>The graph and its weights; amounts are layers.</summary>
    Building,

    /// <summary>The caller's check of tokenizer and template.</summary>
    Checking,

    /// <summary>Digests of the build; amounts are bytes.</summary>
    Storing,
}

/// <summary>How far an import is.</summary>
/// <param name="Phase">The step.</param>
/// <param name="Done">Amount done, 0 to <paramref name="Total"/>.</param>
/// <param name="Total">Amount in all; 0 where the step has none.</param>
public readonly record struct ImportProgress(ImportPhase Phase, long Done, long Total);

/// <summary>The result of an import.</summary>
/// <param name="Name">Name that requests use.</param>
/// <param name="BuildDigest">Tree digest, lower-case hex.</param>
/// <param name="Folder">The GenAI folder.</param>
/// <param name="Reused">Whether it was there already.</param>
public sealed record ImportedBuild(string Name, string BuildDigest, string Folder, bool Reused);
