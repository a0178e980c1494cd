using System.Buffers.Binary;
using Bailiwick.Models.Weights;

namespace Bailiwick.Models.Safetensors;

/// <summary>
/// An open safetensors file: 8 bytes of header length, the header, then the tensors, which must cover the rest without
/// hole or overlap. Source: the format section of the safetensors README.
/// </summary>
public sealed class SafetensorsFile : IWeightSource
{
    private readonly MappedFile _file;

    private SafetensorsFile(MappedFile file, Dictionary<string, WeightTensor> tensors)
    {
        _file = file;
        Tensors = tensors;
    }

    /// <summary>Bare name of the file.</summary>
    public string Name => _file.Name;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, WeightTensor> Tensors { get; }

    /// <summary>Maps and checks a file.</summary>
    /// <exception cref="BadModelException">It is no regular file, or not a safetensors file that can be read safely.</exception>
    public static SafetensorsFile Open(string path) => Checked(MappedFile.Open(path));

    /// <summary>Checks a file that is in memory already.</summary>
    /// <param name="name">What refusals call it.</param>
    /// <param name="bytes">The whole file; not copied, and not to be changed while it is open.</param>
    /// <exception cref="BadModelException">It is not a safetensors file that can be read safely.</exception>
    public static SafetensorsFile FromBytes(string name, byte[] bytes) => Checked(MappedFile.InMemory(name, bytes));

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static SafetensorsFile Checked(MappedFile file)
    {
        try
        {
            return Read(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static SafetensorsFile Read(MappedFile file)
    {
        const int prefix = sizeof(ulong);
        if (file.Length < prefix)
        {
            throw new BadModelException(file.Name, $"is shorter than the {prefix} bytes of its header length");
        }

        var length = BinaryPrimitives.ReadUInt64LittleEndian(file.Bytes(0, prefix));
        if (length > SafetensorsLimits.HeaderBytes)
        {
            throw new BadModelException(
                file.Name, $"claims a header of {length} bytes; the limit of the format is {SafetensorsLimits.HeaderBytes}");
        }

        if ((long)length > file.Length - prefix)
        {
            throw new BadModelException(file.Name, $"claims a header of {length} bytes, beyond the end of the file");
        }

        var entries = SafetensorsHeader.Read(file.Name, file.Bytes(prefix, (int)length));
        return new SafetensorsFile(file, Place(file, entries, prefix + (long)length));
    }

    /// <summary>Walks the tensors in the order of the file, so that a hole, an overlap and an end elsewhere all show.</summary>
    private static Dictionary<string, WeightTensor> Place(MappedFile file, List<SafetensorsEntry> entries, long data)
    {
        var tensors = new Dictionary<string, WeightTensor>(entries.Count, StringComparer.Ordinal);
        var (room, end) = (file.Length - data, 0L);
        foreach (var entry in entries.OrderBy(entry => entry.Begin).ThenBy(entry => entry.End))
        {
            var name = Quoted.Text(entry.Name);
            if (entry.End > room) throw new BadModelException(file.Name, $"puts tensor {name} beyond the end of the file");
            if (entry.Begin != end)
            {
                throw new BadModelException(file.Name, entry.Begin < end
                    ? $"lets tensor {name} overlap the one before it"
                    : $"has a hole of {entry.Begin - end} bytes before tensor {name}");
            }

            var tensor = new WeightTensor(entry.Name, entry.Type, entry.Shape, file, data + entry.Begin);
            if (tensor.ByteCount != entry.End - entry.Begin)
            {
                var given = entry.End - entry.Begin;
                throw new BadModelException(
                    file.Name, $"gives tensor {name} {given} bytes where its size by dtype and shape is {tensor.ByteCount}");
            }

            tensors.Add(entry.Name, tensor);
            end = entry.End;
        }

        return end == room
            ? tensors
            : throw new BadModelException(file.Name, $"has {room - end} trailing bytes after the last tensor");
    }
}
