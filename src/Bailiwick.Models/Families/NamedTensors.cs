using Bailiwick.Models.Onnx;
using Bailiwick.Models.Weights;

namespace Bailiwick.Models.Families;

/// <summary>The tensors of a source, taken by name with the shape that the family expects; what nobody took is
/// refused.</summary>
/// <param name="file">File or folder that refusals name.</param>
/// <param name="source">The open source.</param>
internal sealed class NamedTensors(string file, IWeightSource source)
{
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);

    public bool Has(string name) => source.Tensors.ContainsKey(name);

    /// <summary>A matrix of a type that can be laid out.</summary>
    /// <exception cref="BadModelException">Missing, of another shape, or of a type that is not built.</exception>
    public WeightMatrix Matrix(string name, int rows, int columns)
    {
        var tensor = Take(name, rows, columns);
        return WeightPolicy.Supports(tensor.Type)
            ? new WeightMatrix(tensor)
            : throw new BadModelException(file,
                $"tensor {Quoted.Text(name)} has the type {tensor.Type}, which is not built yet "
                + "(built are F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q8_0, Q6_K)");
    }

    /// <summary>A vector of floats.</summary>
    /// <exception cref="BadModelException">Missing, of another length, or not of floats.</exception>
    public WeightTensor Vector(string name, int length)
    {
        var tensor = Take(name, length);
        return WeightMatrix.IsFloatType(tensor.Type)
            ? tensor
            : throw new BadModelException(file,
                $"tensor {Quoted.Text(name)} has the type {tensor.Type}; floats are expected");
    }

    /// <summary>Marks a tensor that is known and carries nothing that the graph needs.</summary>
    public void Ignore(string name) => _taken.Add(name);

    /// <summary>Refuses what the family does not know: a weight left out would give wrong answers silently.</summary>
    /// <exception cref="BadModelException">A tensor was neither taken nor ignored; the sentence names the first.</exception>
    public void EnsureAllTaken(string family)
    {
        var unknown = source.Tensors.Keys.Where(name => !_taken.Contains(name)).Order(StringComparer.Ordinal).FirstOrDefault();
        if (unknown is not null)
        {
            throw new BadModelException(file,
                $"holds a tensor {Quoted.Text(unknown)} that the family {family} does not have");
        }
    }

    private WeightTensor Take(string name, params ReadOnlySpan<long> shape)
    {
        if (!source.Tensors.TryGetValue(name, out var tensor))
        {
            throw new BadModelException(file, $"lacks the tensor {Quoted.Text(name)}");
        }
        _taken.Add(name);
        return shape.SequenceEqual([.. tensor.Shape])
            ? tensor
            : throw new BadModelException(file,
                $"tensor {Quoted.Text(name)} has the shape [{string.Join(", ", tensor.Shape)}], not [{string.Join(", ", shape.ToArray())}]");
    }
}
