using System.Text;
using System.Text.Json.Nodes;

namespace Bailiwick.Tests.Text.Tokens;

/// <summary>Seeded mutants of a JSON file: of its bytes, or of its tree, where most stay well-formed.</summary>
internal sealed class JsonMutator(int seed, byte[] source)
{
    private readonly Random _random = new(seed);

    public byte[] Next() => _random.Next(4) == 0 ? MutateBytes() : MutateTree();

    private byte[] MutateBytes()
    {
        var bytes = (byte[])source.Clone();
        for (var i = _random.Next(1, 5); i > 0; i--)
        {
            bytes[_random.Next(bytes.Length)] = (byte)_random.Next(256);
        }

        return _random.Next(8) == 0 ? bytes[.._random.Next(bytes.Length)] : bytes;
    }

    private byte[] MutateTree()
    {
        var root = JsonNode.Parse(source)!;
        for (var i = _random.Next(1, 4); i > 0; i--)
        {
            // A walk of random length: the settings near the root are hit as often as the long lists.
            var node = root;
            for (var depth = _random.Next(6); Children(node) is { Count: > 0 } children && depth > 0; depth--)
            {
                node = children[_random.Next(children.Count)];
            }

            Change(node);
        }

        return Encoding.UTF8.GetBytes(root.ToJsonString());
    }

    private static List<JsonNode> Children(JsonNode node) => node switch
    {
        JsonObject members => [.. members.Select(member => member.Value).OfType<JsonNode>()],
        JsonArray items => [.. items.OfType<JsonNode>()],
        _ => [],
    };

    private void Change(JsonNode node)
    {
        switch (node.Parent)
        {
            case JsonObject parent when _random.Next(4) == 0: parent.Remove(node.GetPropertyName()); break;
            case JsonObject parent: parent[node.GetPropertyName()] = Value(); break;
            case JsonArray parent when _random.Next(4) == 0: parent.Add(node.DeepClone()); break;
            case JsonArray parent: parent[node.GetElementIndex()] = Value(); break;
        }
    }

    private JsonNode? Value() => _random.Next(9) switch
    {
        0 => null,
        1 => _random.Next(2) == 0,
        2 => _random.Next(-2, 600),
        3 => 1e300 * _random.Next(-1, 2),
        4 => int.MaxValue,
        5 => new JsonArray(),
        6 => new JsonObject(),
        7 => "",
        _ => new string((char)_random.Next(32, 0x3000), _random.Next(1, 2000)),
    };
}
