using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bailiwick.Evidence;

namespace Bailiwick.Tests.Evidence;

public sealed class LeafTests
{
    private static readonly JsonSerializerOptions Unescaped = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static IEnumerable<Leaf> All => SampleRecords.OfEachKind(full: true).Concat(SampleRecords.OfEachKind(full: false));

    [Fact]
    public void Bytes_OfEveryKind_AreTheGoldenOnes()
    {
        // Stored forms only grow: a line may be added to this file, none may change.
        var path = Repository.Fixture("leaves", "leaves.jsonl");
        var lines = All.Select(leaf => Encoding.ASCII.GetString(leaf.ToBytes())).ToList();
        if (Environment.GetEnvironmentVariable("BAILIWICK_WRITE_FIXTURES") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, string.Join('\n', lines) + "\n");
        }

        Assert.Equal(File.ReadAllLines(path), lines);
        Assert.Equal(Enum.GetValues<LeafKind>(), All.Select(leaf => leaf.Kind).Distinct().Order());
    }

    [Fact]
    public void Bytes_OfRandomRecords_AreTheirOwnRfc8785FormAndReadBack()
    {
        foreach (var leaf in All.Concat(new SampleRecords(11).Take(2000)))
        {
            var bytes = leaf.ToBytes();
            Assert.Equal(CanonicalJson.Of(bytes), Encoding.UTF8.GetString(bytes));
            Assert.True(Leaf.TryParse(bytes, out var again, out var fault), fault?.ToString());
            Assert.Equal(bytes, again.ToBytes());
            Assert.Equal(leaf.Kind, again.Kind);
        }
    }

    [Fact]
    public void Schema_OfEveryKind_NamesTheFieldsThatAreWrittenAndThoseThatMustBe()
    {
        using var schema = JsonDocument.Parse(File.ReadAllBytes(
            Path.Combine(Repository.Root, "src", "Bailiwick.Evidence", "leaf.schema.json")));
        var definitions = schema.RootElement.GetProperty("$defs");
        foreach (var (full, minimal) in SampleRecords.OfEachKind(full: true).Zip(SampleRecords.OfEachKind(full: false)))
        {
            var kind = JsonDocument.Parse(full.ToBytes()).RootElement.GetProperty("kind").GetString();
            CheckFields(definitions.GetProperty("leaf-" + kind), full, minimal);
        }

        Assert.Equal(Enum.GetValues<LeafKind>().Length, schema.RootElement.GetProperty("oneOf").GetArrayLength());
    }

    [Fact]
    public void Schema_EveryListOfWords_IsThatOfTheReader()
    {
        using var schema = JsonDocument.Parse(File.ReadAllBytes(
            Path.Combine(Repository.Root, "src", "Bailiwick.Evidence", "leaf.schema.json")));
        var lists = Enums(schema.RootElement).Select(list => string.Join(' ', list)).ToHashSet();
        string[] words =
        [
            Words<ZoneEvidence>(), Words<Effect>(), Words<Finish>(), Words<MoveCause>(), Words<AmendCause>(), Words<PolicyAct>(), Words<ModelAct>(),
            Words<SiloAct>(), Words<KeyAct>(), Words<ConfigAct>(), Words<HoldAct>(), Words<DrillResult>(),
        ];
        Assert.Equal(words.Order(StringComparer.Ordinal), lists.Order(StringComparer.Ordinal));
    }

    /// <summary>
    /// For each field of each kind what it must not be: refused here, and by an independent reader of the schema
    /// (tests/clients/verify-pack.mjs), which must refuse the same lines.
    /// </summary>
    [Fact]
    public void Reader_EveryFieldOfEveryKindMadeWrong_IsRefusedAsTheSchemaDoes()
    {
        var lines = new List<string>();
        foreach (var leaf in SampleRecords.OfEachKind(full: true).Select(leaf => JsonNode.Parse(leaf.ToBytes())!.AsObject()))
        {
            foreach (var (part, field) in Fields(leaf).ToList())
            {
                lines.AddRange(Wrong(part[field]!).Select(wrong => With(leaf, part, field, wrong)));
            }

            lines.Add(With(leaf, leaf, "zzz", JsonValue.Create(1)));
        }

        Assert.All(lines, line =>
        {
            Assert.False(Leaf.TryParse(Encoding.ASCII.GetBytes(line), out _, out var fault), line);
            Assert.True(fault.Code is FaultCode.LeafField or FaultCode.LeafJson, line);
        });
        var path = Repository.Fixture("leaves", "refused.jsonl");
        if (Environment.GetEnvironmentVariable("BAILIWICK_WRITE_FIXTURES") == "1")
        {
            File.WriteAllText(path, string.Join('\n', lines) + "\n");
        }

        Assert.Equal(File.ReadAllLines(path), lines);
    }

    [Theory]
    [InlineData("kind", "\"wish\"", "kind")]
    [InlineData("schema", "2", "schema")]
    [InlineData("time", "-1", "time")]
    [InlineData("time", "253402300800000", "time")]
    [InlineData("silo", "7", "silo")]
    [InlineData("finish", "\"Stop\"", "finish")]
    [InlineData("intent", "\"00\"", "intent")]
    [InlineData("counts", "{\"cached\":0,\"completion\":1}", "counts, prompt")]
    [InlineData("zzz", "1", null)]
    public void Reader_FieldThatIsWrong_NamesIt(string field, string value, string? place)
    {
        var leaf = JsonDocument.Parse(SampleRecords.OfEachKind(full: true).OfType<OutcomeLeaf>().Single().ToBytes());
        var fields = leaf.RootElement.EnumerateObject().ToDictionary(property => property.Name, property => property.Value.GetRawText());
        fields[field] = value;
        var json = "{" + string.Join(',', fields.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"\"{pair.Key}\":{pair.Value}")) + "}";
        Assert.False(Leaf.TryParse(Encoding.ASCII.GetBytes(json), out _, out var fault));
        Assert.Equal((FaultCode.LeafField, place), (fault.Code, fault.Place));
    }

    [Fact]
    public void Reader_EverySpellingButTheCanonical_IsRefused()
    {
        var text = Encoding.ASCII.GetString(SampleRecords.OfEachKind(full: true)[0].ToBytes());
        string[] spellings =
        [
            " " + text, text + "\n", text.Replace(":", ": ", StringComparison.Ordinal), text.Replace("\"silo\"", "\"sil\\u006f\"", StringComparison.Ordinal),
            text.Replace("\"schema\":1", "\"schema\":1.0", StringComparison.Ordinal), text.Replace("\"schema\":1", "\"schema\":01", StringComparison.Ordinal),
            text.Replace("\"schema\":1", "\"schema\":1e0", StringComparison.Ordinal), text.Replace("\"schema\":1,", "\"schema\":1,\"schema\":1,", StringComparison.Ordinal),
            "\uFEFF" + text, text[..^1], text + "}", text.Replace("casework", "casew\u00F6rk", StringComparison.Ordinal), text.Replace("casework", "case work", StringComparison.Ordinal),
        ];
        Assert.All(spellings, spelling =>
        {
            Assert.False(Leaf.TryParse(Encoding.UTF8.GetBytes(spelling), out _, out var fault));
            Assert.Equal(FaultCode.LeafJson, fault.Code);
        });
    }

    [Fact]
    public void Writer_TextOrOversize_IsRefused()
    {
        var admin = SampleRecords.OfEachKind(full: true).OfType<AdminLeaf>().Single();
        Assert.Throws<ArgumentException>(() => (admin with { Act = "please drain it" }).ToBytes());
        Assert.Throws<ArgumentException>(() => (admin with { Act = "caf\u00E9" }).ToBytes());
        Assert.Throws<ArgumentException>(() => (admin with { Act = "" }).ToBytes());
        var policy = SampleRecords.OfEachKind(full: true).OfType<PolicyLeaf>().Single();
        Assert.Throws<InvalidOperationException>(
            () => (policy with { Approvers = [.. Enumerable.Range(0, 1000).Select(i => new string('p', 100))] }).ToBytes());
        Assert.Throws<ArgumentOutOfRangeException>(() => (policy with { Epoch = 1L << 53 }).ToBytes());

        // What the reader refuses must never be written: one such leaf spoils every pack of its log.
        Assert.Throws<ArgumentOutOfRangeException>(() => (policy with { Epoch = 0 }).ToBytes());
        Assert.Throws<ArgumentException>(() => (policy with { Approvers = [.. Enumerable.Repeat("p", LeafReader.MaxIds + 1)] }).ToBytes());
        Assert.Throws<ArgumentOutOfRangeException>(() => (policy with { Until = DateTimeOffset.UnixEpoch.AddSeconds(-1) }).ToBytes());
        var outcome = SampleRecords.OfEachKind(full: true).OfType<OutcomeLeaf>().Single();
        Assert.Throws<ArgumentOutOfRangeException>(() => (outcome with { Counts = new CountsPart(1, 0, -1) }).ToBytes());
        Assert.Throws<ArgumentOutOfRangeException>(() => (outcome with { Timings = new TimingsPart(-1, 0, 0) }).ToBytes());
        Assert.False(Leaf.TryParse(new byte[Leaf.MaxBytes + 1], out _, out var fault));
        Assert.Equal(FaultCode.TooLarge, fault.Code);
    }

    [Fact]
    public void Commitment_WithItsSalt_OpensAndWithAnotherDoesNot()
    {
        var salt = Enumerable.Range(0, Commitment.SaltLength).Select(i => (byte)i).ToArray();
        var commitment = Commitment.To(salt, "Wie lautet das Aktenzeichen?"u8);

        // printf 'Wie lautet das Aktenzeichen?' | openssl dgst -sha256 -mac HMAC -macopt hexkey:000102...1f
        Assert.Equal("7fa3500d72ecf53c4dd60e7201282af12197e54e6a1eb5e45b01823cd497658e", commitment.ToHex());
        Assert.True(Commitment.Opens(commitment, salt, "Wie lautet das Aktenzeichen?"u8));
        Assert.False(Commitment.Opens(commitment, Commitment.NewSalt(), "Wie lautet das Aktenzeichen?"u8));
        Assert.False(Commitment.Opens(commitment, salt, "Wie lautet das Aktenzeichen"u8));
        Assert.Throws<ArgumentException>(() => Commitment.To(salt.AsSpan(1), "x"u8));
    }

    [VectorsFact]
    [Trait("Category", "Vectors")]
    public void LeafIntegers_EveryRow_AreTakenInTheirCanonicalFormOnly()
    {
        foreach (var row in VectorFile.Public("jcs", "numbers.json").Items("leaf_integers"))
        {
            var input = row.Text("input");
            var json = Heartbeat(input);
            var isTaken = Leaf.TryParse(Encoding.UTF8.GetBytes(json), out var leaf, out _);

            // Stored bytes are canonical: "-0" has the canonical form "0", so it is no stored form.
            Assert.True(isTaken == (row.GetProperty("expect").GetString() == input), input);
            if (isTaken)
            {
                Assert.Equal(json, Encoding.ASCII.GetString(leaf!.ToBytes()));
            }
        }
    }

    [VectorsFact]
    [Trait("Category", "Vectors")]
    public void JcsVectors_EveryRow_AreTheOraclesOutputAndNoLeafUnlessCanonical()
    {
        foreach (var row in VectorFile.Public("jcs", "rfc8785.json").Items("tests"))
        {
            Assert.Equal(row.Text("output"), CanonicalJson.Of(Encoding.UTF8.GetBytes(row.Text("input"))));
        }

        foreach (var row in VectorFile.Public("jcs", "numbers.json").Items("tests"))
        {
            var number = BitConverter.Int64BitsToDouble(long.Parse(row.Text("ieee754_hex"), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            if (row.GetProperty("expect").GetString() is string expected)
            {
                Assert.Equal(expected, CanonicalJson.Number(number));
            }
            else
            {
                Assert.Throws<JsonException>(() => CanonicalJson.Number(number));
            }
        }

        foreach (var row in VectorFile.Public("jcs", "strict.json").Items("tests"))
        {
            CheckStrict(Convert.FromHexString(row.Text("input_hex")), row.GetProperty("expect").GetString());
        }
    }

    private static void CheckStrict(byte[] input, string? expected)
    {
        if (expected is null)
        {
            Assert.ThrowsAny<JsonException>(() => CanonicalJson.Of(input));
            Assert.False(LeafJson.TryParse(input, out _, out _));
            return;
        }

        Assert.Equal(expected, CanonicalJson.Of(input));
        if (LeafJson.TryParse(input, out _, out _))
        {
            // What the leaf reader takes is canonical already.
            Assert.Equal(expected, Encoding.UTF8.GetString(input));
        }
    }

    private static IEnumerable<string[]> Enums(JsonElement schema) => schema.ValueKind switch
    {
        JsonValueKind.Object => schema.EnumerateObject().SelectMany(property => property.Name == "enum"
            ? [[.. property.Value.EnumerateArray().Select(word => word.GetString()!)]]
            : Enums(property.Value)),
        JsonValueKind.Array => schema.EnumerateArray().SelectMany(Enums),
        _ => [],
    };

    private static string Words<T>()
        where T : struct, Enum => string.Join(' ', Enum.GetValues<T>().Select(WireNames<T>.Of));

    /// <summary>Every field, those of the parts included.</summary>
    private static IEnumerable<(JsonObject Part, string Field)> Fields(JsonObject leaf) => leaf.SelectMany(field =>
        field.Value is JsonObject part ? [(leaf, field.Key), .. Fields(part)] : new[] { (leaf, field.Key) });

    /// <summary>Of another type, out of range, of another spelling. Any text is an id, so ids are only ever of another type or empty.</summary>
    private static IEnumerable<JsonNode> Wrong(JsonNode value) => value switch
    {
        JsonObject => [JsonValue.Create(1), new JsonArray()],
        JsonArray => [JsonValue.Create("a"), new JsonArray(JsonValue.Create(1)), new JsonArray(JsonValue.Create("a b"))],
        _ when value.GetValueKind() is JsonValueKind.Number => [JsonValue.Create("1"), JsonValue.Create(-(1L << 53)), JsonValue.Create(1L << 53)],
        _ => [JsonValue.Create(1), JsonValue.Create(""), JsonValue.Create("a b")],
    };

    private static string With(JsonObject leaf, JsonObject part, string field, JsonNode wrong)
    {
        var kept = part[field];
        part[field] = wrong;
        var line = leaf.ToJsonString(Unescaped);
        if (kept is null)
        {
            part.Remove(field);
        }
        else
        {
            part[field] = kept;
        }

        return line;
    }

    private static string Heartbeat(string offset) =>
        "{\"clock_offset_ms\":" + offset + ",\"kind\":\"heartbeat\",\"schema\":1,\"silo\":\"s\",\"spooled\":0,\"time\":0,\"written\":0}";

    private static void CheckFields(JsonElement schema, Leaf full, Leaf minimal)
    {
        using var most = JsonDocument.Parse(full.ToBytes());
        using var least = JsonDocument.Parse(minimal.ToBytes());
        var name = full.Kind.ToString();
        Assert.True(Names(schema.GetProperty("properties")).SequenceEqual(Names(most.RootElement)), name);
        Assert.True(schema.Items("required").Select(field => field.GetString()!).Order(StringComparer.Ordinal).SequenceEqual(Names(least.RootElement)), name);
        Assert.False(schema.GetProperty("additionalProperties").GetBoolean());
    }

    private static IEnumerable<string> Names(JsonElement value) =>
        value.EnumerateObject().Select(property => property.Name).Order(StringComparer.Ordinal);
}
