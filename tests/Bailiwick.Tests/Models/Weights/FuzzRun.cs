namespace Bailiwick.Tests.Models.Weights;

/// <summary>Runs a fuzz target over mutants of a corpus and counts what became of them.</summary>
internal static class FuzzRun
{
    private const int Seed = 20261124;

    /// <summary>Files of the malformed collection with this ending, and how many mutants of each are made.</summary>
    public static IEnumerable<(string Path, int Mutants)> Corpus(string ending, int ofGood, int ofBad) =>
    [
        .. BadFiles.Named(ending, good: true).Select(name => (BadFiles.Path(name), ofGood)),
        .. BadFiles.Named(ending, good: false).Select(name => (BadFiles.Path(name), ofBad)),
    ];

    /// <param name="corpus">The files to damage, and how often.</param>
    /// <param name="accepts">The target: true where the mutant was read, false where it was refused; anything else that
    /// it throws fails the test.</param>
    public static (int Accepted, int Refused) Over(IEnumerable<(string Path, int Mutants)> corpus, Func<byte[], bool> accepts)
    {
        var mutations = new Mutations(Seed);
        var (accepted, refused) = (0, 0);
        foreach (var (path, mutants) in corpus)
        {
            var original = File.ReadAllBytes(path);
            for (var number = 1; number <= mutants; number++)
            {
                if (Judge($"{number} of {Path.GetFileName(path)}", mutations.Mutant(original), accepts)) accepted++;
                else refused++;
            }
        }

        return (accepted, refused);
    }

    private static bool Judge(string which, byte[] mutant, Func<byte[], bool> accepts)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        bool accepted;
        try
        {
            accepted = accepts(mutant);
        }
        catch (Exception fault)
        {
            throw new InvalidOperationException($"Mutant {which}: {Convert.ToBase64String(mutant)}", fault);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, BadFiles.AllocationLimit);
        return accepted;
    }
}
