namespace Bailiwick.Models.Weights;

/// <summary>An open set of named tensors: a GGUF file or a safetensors checkpoint. Disposing it unmaps the files, after
/// which no span that came from it may be touched.</summary>
public interface IWeightSource : IDisposable
{
    /// <summary>Every tensor by its name in the file. Names are untrusted text: look them up, never use them as paths.</summary>
    IReadOnlyDictionary<string, WeightTensor> Tensors { get; }
}
