using System.Text;
using Bailiwick.Residency;
using Bailiwick.Residency.Callers;
using Bailiwick.Residency.Loading;

namespace Bailiwick.Tests.Residency;

/// <summary>Hostile policy files. The loader declares no exception: every file gives a policy or faults, in bounded memory.</summary>
public sealed class LoaderFuzzTests
{
    // The largest file is 1 MiB; text, tree and parser state stay within a small multiple of it.
    private const long MostBytes = 512L << 20;

    private static readonly string[] Tokens =
    [
        "[", "]", "{", "}", ": ", "- ", "&a ", "*a", "!!str ", "!<x> ", "? ", "| \n", ">-\n", "%YAML 1.1\n", "%TAG ! x:\n", "---\n", "...\n",
        "\"\\u0000\"", "\"\\ud800\"", "\"\\U0010ffff\"", "\"\\Uffffffff\"", "'", "\"", "#", "\t", "\r", "\u0085", "\u2028", "\ufeff", "\0",
        "<<: ", "~", "no", "any", "label", "within: ", "at_most: ", "!", "@", "`", "0", "9999999999999999",
    ];

    [Fact]
    public void Load_MutatedCorpus_ReportsFaultsAndNeverThrows()
    {
        var random = new Random(20260601);
        var seeds = Corpus.WellFormed.Select(Corpus.File).ToList();
        var refused = 0;
        for (var i = 0; i < 4000; i++)
        {
            var file = Mutate(seeds[random.Next(seeds.Count)], random);
            var load = Load(file, $"mutation {i}");
            refused += load.Policy is null ? 1 : 0;
        }

        Assert.True(refused > 2000, $"only {refused} of 4000 mutations were refused; the mutations are too weak");
    }

    [Fact]
    public void Load_MutatedClaimsAndActivations_ReportFaultsAndNeverThrow()
    {
        var random = new Random(11);
        var vocabulary = Corpus.Policy("policies/02-federation.yaml").Vocabulary;
        var claims = Encoding.UTF8.GetBytes(
            "- {id: one, text: t, claim: never, label: {class: {at_least: internal}}, destination: {kind: [silo], proven_by: contract}}\n");
        var activations = Encoding.UTF8.GetBytes(
            "- {document: d, from: 2026-06-01T10:00:00Z, until: 2026-06-01T14:00:00Z, reason: flood, approvers: [one, two]}\n");
        Assert.Empty(ClaimLoader.Load(claims, vocabulary).Faults);
        Assert.Empty(ActivationLoader.Load(activations).Faults);
        var refused = 0;
        for (var i = 0; i < 2000; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            refused += ClaimLoader.Load(Mutate(claims, random), vocabulary).Faults.Count > 0 ? 1 : 0;
            refused += ActivationLoader.Load(Mutate(activations, random)).Faults.Count > 0 ? 1 : 0;
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
        }

        Assert.True(refused > 2000, $"only {refused} of 4000 mutations were refused");
    }

    [Fact]
    public void Networks_Mutated_AreTakenOrRefusedInBoundedMemory()
    {
        var random = new Random(13);
        var zones = new IdList(["office"]);
        string[] seeds = ["10.1.0.0/16", "2001:db8::/32", "::ffff:10.0.0.0/104"];
        var refused = 0;
        for (var i = 0; i < 4000; i++)
        {
            var network = Encoding.UTF8.GetString(Mutate(Encoding.UTF8.GetBytes(seeds[random.Next(seeds.Length)]), random));
            var before = GC.GetAllocatedBytesForCurrentThread();
            var map = NetworkMap.Create([new NetworkEntry(network, "office")], zones, out var faults);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 10);
            Assert.True((map is null) == (faults.Count > 0), network);
            refused += faults.Count > 0 ? 1 : 0;
        }

        Assert.True(refused > 2000, $"only {refused} of 4000 mutations were refused");
    }

    [Fact]
    public void Load_RandomBytes_ReportsFaultsAndNeverThrows()
    {
        var random = new Random(7);
        for (var i = 0; i < 2000; i++)
        {
            var file = new byte[random.Next(200)];
            random.NextBytes(file);
            Assert.NotEmpty(Load(file, $"random file {i}").Faults);
        }
    }

    public static TheoryData<string> Hostile => [.. HostileFiles().Keys];

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Load_HostileFile_IsRefusedInBoundedMemory(string name) =>
        Assert.NotEmpty(Load(HostileFiles()[name], name).Faults);

    private static Dictionary<string, byte[]> HostileFiles()
    {
        const int mebibyte = 1 << 20;
        var laughs = new StringBuilder("a0: &a0 [lol]\n");
        for (var i = 1; i < 30; i++)
        {
            laughs.Append($"a{i}: &a{i} [").AppendJoin(", ", Enumerable.Repeat($"*a{i - 1}", 10)).Append("]\n");
        }

        return new Dictionary<string, string>
        {
            ["billion laughs"] = laughs.ToString(),
            ["deep flow lists"] = new('[', mebibyte),
            ["deep flow maps"] = string.Concat(Enumerable.Repeat("{a: ", mebibyte / 4)),
            ["deep block lists"] = string.Concat(Enumerable.Repeat("- ", mebibyte / 2)),
            ["deep block maps"] = string.Concat(Enumerable.Range(0, 1200).Select(i => new string(' ', i) + "a:\n")),
            ["complex keys"] = string.Concat(Enumerable.Repeat("? ", mebibyte / 2)),
            ["huge plain scalar"] = "policy: " + new string('a', mebibyte - 8),
            ["huge quoted scalar"] = "policy: \"" + new string('a', mebibyte - 10) + "\"",
            ["huge key"] = new string('a', mebibyte - 3) + ": b",
            ["huge key over many items"] = "? " + new string('a', mebibyte / 2) + "\n: [" + string.Concat(Enumerable.Repeat("a,", mebibyte / 5)) + "]",
            ["many keys"] = string.Concat(Enumerable.Range(0, 80_000).Select(i => $"k{i}: v\n")),
            ["many items"] = "[" + string.Concat(Enumerable.Repeat("a,", (mebibyte / 2) - 2)) + "]",
            ["many documents"] = string.Concat(Enumerable.Repeat("---\n", mebibyte / 4)),
            ["open quote"] = "policy: \"" + new string('\n', mebibyte - 10),
            ["only comments"] = string.Concat(Enumerable.Repeat("#\n", mebibyte / 2)),
            ["one byte too many"] = new('a', mebibyte + 1),
            ["many cycles"] = "policy: p\nschema: 1\nepoch: 1\ntitle: t\nvocabulary:\n  jurisdictions:\n"
                + string.Concat(Enumerable.Range(0, 20_000).Select(i => $"  - {{id: j{i}, name: n, parent: j{i ^ 1}}}\n")),
            ["one long cycle"] = "policy: p\nschema: 1\nepoch: 1\ntitle: t\nvocabulary:\n  jurisdictions:\n"
                + string.Concat(Enumerable.Range(0, 20_000).Select(i => $"  - {{id: j{i}, name: n, parent: j{(i + 1) % 20_000}}}\n")),
        }.ToDictionary(f => f.Key, f => Encoding.UTF8.GetBytes(f.Value));
    }

    private static PolicyLoad Load(byte[] file, string name)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        PolicyLoad load;
        try
        {
            load = PolicyLoader.Load(file);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{name} threw {e.GetType().Name}: {Convert.ToBase64String(file.AsSpan(0, Math.Min(file.Length, 3000)))}", e);
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < MostBytes, $"{name} allocated {allocated >> 20} MiB");
        Assert.Equal(load.Policy is null, load.Faults.Count > 0);
        return load;
    }

    private static byte[] Mutate(byte[] seed, Random random)
    {
        var bytes = seed.ToList();
        for (var edits = random.Next(1, 4); edits > 0; edits--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(Tokens[random.Next(Tokens.Length)]));
                    break;
                case 2:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 40), bytes.Count - at - 1));
                    break;
                case 3:
                    bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, Math.Min(random.Next(1, 200), bytes.Count - at)));
                    break;
                default:
                    bytes[at] = (byte)random.Next(256);
                    break;
            }
        }

        return [.. bytes];
    }
}
