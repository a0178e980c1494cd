using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Bailiwick.Residency.Loading;

/// <summary>
/// Reads one YAML document as text, lists and maps. What could hide text from a reader or name types to construct is
/// refused: anchors, aliases, tags, duplicate keys, a second document. The first fault stops the reading.
/// </summary>
internal static class YamlReader
{
    /// <summary>Bytes of a file, at most: 1 MiB.</summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>A policy nests nine deep; more is not one, and costs stack.</summary>
    public const int MaxDepth = 16;

    public static YamlNode? Read(ReadOnlySpan<byte> utf8, out PolicyFault? fault)
    {
        fault = null;
        if (utf8.Length > MaxBytes)
        {
            fault = new PolicyFault(FaultCodes.YamlTooLarge, "", 0, $"The file has {utf8.Length} bytes; at most {MaxBytes} are read.");
            return null;
        }

        string text;
        try
        {
            text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(utf8);
        }
        catch (DecoderFallbackException e)
        {
            fault = new PolicyFault(FaultCodes.Yaml, "", 0, $"The file is not UTF-8 (byte {e.Index}).");
            return null;
        }

        try
        {
            // A byte order mark may begin a stream (YAML 1.2, 5.2); the parser would take it for text.
            return ReadDocument(new GuardedParser(new StringReader(text.StartsWith('\ufeff') ? text[1..] : text)));
        }
        catch (Refused refused)
        {
            fault = refused.Fault;
        }
        catch (YamlException e)
        {
            fault = new PolicyFault(FaultCodes.Yaml, "", e.Start.Line, $"The file is not YAML: {e.Message}");
        }

        return null;
    }

    private static YamlNode ReadDocument(GuardedParser parser)
    {
        parser.Consume<StreamStart>();
        if (!parser.TryConsume<DocumentStart>(out var start))
        {
            throw new Refused(FaultCodes.YamlMultipleDocuments, "", 0, "The file holds no document; exactly one is asked.");
        }

        // Every document starts with the two default tag directives; a written one changes them or comes on top.
        if (start.Tags is { } tags && tags.Any(t => (t.Handle, t.Prefix) is not (("!", "!") or ("!!", "tag:yaml.org,2002:"))))
        {
            throw new Refused(FaultCodes.YamlTag, "", start.Start.Line, "Tags are refused: they can name types to construct.");
        }

        var root = ReadNode(parser, null, 0);
        parser.Consume<DocumentEnd>();
        return parser.Accept<StreamEnd>(out _)
            ? root
            : throw new Refused(
                FaultCodes.YamlMultipleDocuments, "", parser.Current?.Start.Line ?? 0,
                "The file holds more than one document; exactly one is asked.");
    }

    private static YamlNode ReadNode(GuardedParser parser, YamlPlace? place, int depth)
    {
        var line = parser.Current?.Start.Line ?? 0;
        if (depth > MaxDepth)
        {
            throw new Refused(FaultCodes.Yaml, YamlPlace.PathOf(place), line, $"The file nests deeper than {MaxDepth} levels.");
        }

        if (parser.TryConsume<AnchorAlias>(out _))
        {
            throw new Refused(FaultCodes.YamlAlias, "", line, "Aliases are refused: they hide text from the reader.");
        }

        var node = parser.Consume<NodeEvent>();
        RefuseDecoration(node);
        return node switch
        {
            Scalar scalar => new YamlText(scalar.Value, node.Start.Line),
            SequenceStart => ReadList(parser, place, depth, node.Start.Line),
            MappingStart => ReadMap(parser, place, depth, node.Start.Line),
            _ => throw new Refused(FaultCodes.Yaml, YamlPlace.PathOf(place), line, "This is neither text, list nor map."),
        };
    }

    private static YamlList ReadList(GuardedParser parser, YamlPlace? place, int depth, long line)
    {
        var items = new List<YamlNode>();
        while (!parser.TryConsume<SequenceEnd>(out _))
        {
            items.Add(ReadNode(parser, new YamlPlace(place, null, items.Count), depth + 1));
        }

        return new YamlList(items, line);
    }

    private static YamlMap ReadMap(GuardedParser parser, YamlPlace? place, int depth, long line)
    {
        var fields = new OrderedDictionary<string, YamlNode>(StringComparer.Ordinal);
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var at = parser.Current?.Start.Line ?? 0;
            if (ReadNode(parser, place, depth + 1) is not YamlText { Value: var key })
            {
                throw new Refused(FaultCodes.Yaml, YamlPlace.PathOf(place), at, "A key of a map is text, not a list or a map.");
            }

            var field = new YamlPlace(place, key, 0);
            if (!fields.TryAdd(key, ReadNode(parser, field, depth + 1)))
            {
                throw new Refused(FaultCodes.YamlDuplicateKey, YamlPlace.PathOf(field), at, "A key stands twice; the second would win silently.");
            }
        }

        return new YamlMap(fields, line);
    }

    private static void RefuseDecoration(NodeEvent node)
    {
        if (!node.Anchor.IsEmpty)
        {
            throw new Refused(FaultCodes.YamlAlias, "", node.Start.Line, "Anchors are refused: they hide text from the reader.");
        }

        if (!node.Tag.IsEmpty)
        {
            throw new Refused(FaultCodes.YamlTag, "", node.Start.Line, "Tags are refused: they can name types to construct.");
        }
    }

    /// <summary>Carries a fault out of the recursion; never leaves this class.</summary>
    private sealed class Refused(string code, string path, long line, string message) : Exception(message)
    {
        public PolicyFault Fault { get; } = new(code, path, line, message);
    }
}
