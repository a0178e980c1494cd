namespace Bailiwick.Tests.Evidence;

[Trait("Category", "Fuzz")]
public sealed class FuzzTests
{
    private const int Rounds = 3000;
    private const int BytesAtLeast = 4 * 1024 * 1024;
    private const int BytesForEachByte = 256;

    private static readonly byte[][] Pieces =
    [
        "\n"u8.ToArray(), "\n\n"u8.ToArray(), "\u2014 "u8.ToArray(), " "u8.ToArray(), "+"u8.ToArray(), "/"u8.ToArray(),
        "18446744073709551616"u8.ToArray(), "-1"u8.ToArray(), "\""u8.ToArray(), "{"u8.ToArray(), "["u8.ToArray(), ","u8.ToArray(),
        [0], [0xff], [0xed, 0xa0, 0x80], new byte[300],
    ];

    public static TheoryData<string> Targets => [.. FuzzTargets.All.Keys];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Reader_SeededMutationsOfItsCorpus_AnswersWithAValueInBoundedMemory(string target)
    {
        var (read, corpus) = FuzzTargets.All[target];
        var seeds = corpus().ToList();
        var random = new Random(target.Length + 20260302);
        seeds.ForEach(read);
        for (var round = 0; round < Rounds; round++)
        {
            var input = Mutate(seeds[random.Next(seeds.Count)], random);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                read(input);
            }
            catch (Exception error)
            {
                Assert.Fail($"{target}, round {round}: {error.GetType().Name} on {Convert.ToHexString(input)}: {error.Message}");
            }

            var used = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(used <= BytesAtLeast + ((long)BytesForEachByte * input.Length), $"{target}, round {round}: {used} bytes for {input.Length}");
        }
    }

    private static byte[] Mutate(byte[] seed, Random random)
    {
        var bytes = seed.ToList();
        for (var edits = random.Next(1, 5); edits > 0; edits--)
        {
            var at = random.Next(bytes.Count + 1);
            switch (random.Next(5))
            {
                case 0 when at < bytes.Count:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1 when at < bytes.Count:
                    bytes.RemoveRange(at, random.Next(1, bytes.Count - at + 1));
                    break;
                case 2:
                    bytes.InsertRange(at, Pieces[random.Next(Pieces.Length)]);
                    break;
                case 3 when bytes.Count > 0:
                    var from = random.Next(bytes.Count);
                    bytes.InsertRange(at, bytes.GetRange(from, Math.Min(random.Next(1, 200), bytes.Count - from)));
                    break;
                default:
                    bytes.Insert(at, (byte)random.Next(256));
                    break;
            }
        }

        return [.. bytes];
    }
}
