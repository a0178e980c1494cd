using System.CommandLine;
using System.Text.Json;
using Bailiwick.Evidence;

namespace Bailiwick.Tests.Evidence;

/// <summary>`bailiwick audit` as it is typed: exit status and text.</summary>
public sealed class AuditVerbTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("bailiwick-audit-").FullName;
    private readonly string _pack = Repository.Fixture("pack");
    private readonly string _key = SamplePack.LogKey().Key.ToString();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Verify_UntouchedAndEditedPack_SaysSoInTextJsonAndStatus()
    {
        var (status, output, _) = await RunAsync("verify", _pack, "--key", _key);
        Assert.Equal(0, status);
        Assert.StartsWith("VERIFIED  log.example/bailiwick/eu.de: 300 records", output, StringComparison.Ordinal);

        var edited = Copy();
        var lines = File.ReadAllLines(Path.Combine(edited, PackNames.Events));
        lines[41] = lines[42];
        File.WriteAllText(Path.Combine(edited, PackNames.Events), string.Join('\n', lines) + "\n");
        (status, output, _) = await RunAsync("verify", edited, "--key", _key);
        Assert.Equal(1, status);
        Assert.Contains("events.jsonl, line 42: is not leaf 41 of the signed tree", output, StringComparison.Ordinal);
        (status, output, _) = await RunAsync("verify", edited, "--key", _key, "--output", "json");
        using var json = JsonDocument.Parse(output);
        Assert.Equal((1, false), (status, json.RootElement.GetProperty("verified").GetBoolean()));
    }

    [Fact]
    public async Task Verify_KnownHead_IsCompared()
    {
        Assert.Equal(0, (await RunAsync("verify", _pack, "--key", _key, "--known", Path.Combine(_pack, PackNames.PreviousCheckpoint))).Status);
        using var log = SamplePack.LogKey();
        var other = Path.Combine(_folder, "other.checkpoint");
        await File.WriteAllBytesAsync(other, new Checkpoint(SampleLog.Origin, 90, TreeHasher.Leaf("x"u8)).Sign([log], DateTimeOffset.UnixEpoch).ToBytes());
        var (status, output, _) = await RunAsync("verify", _pack, "--key", _key, "--known", other);
        Assert.Equal(1, status);
        Assert.Contains("does not continue the tree of 90 leaves that is known", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_WithoutKeyOrFolder_CannotRun()
    {
        Assert.Equal(2, (await RunAsync("verify", _pack)).Status);
        Assert.Equal(2, (await RunAsync("verify", Path.Combine(_folder, "absent"), "--key", _key)).Status);
        Assert.Equal(2, (await RunAsync("verify", _pack, "--key", "nonsense")).Status);
    }

    [Fact]
    public async Task Verbs_WrongPlaces_SayWhatIsWrongWithThem()
    {
        var empty = Directory.CreateDirectory(Path.Combine(_folder, "empty")).FullName;
        var file = Path.Combine(_pack, PackNames.Events);
        await AssertUnusable("is no evidence pack", "verify", empty, "--key", _key);
        await AssertUnusable("a pack is a folder, and a proof (.tlog-proof) needs its leaf", "verify", file, "--key", _key);
        await AssertUnusable("is neither a verifier key (NAME+ID+KEY) nor a file that holds one", "verify", _pack, "--key", "log.vkey");
        await AssertUnusable("is the key of a log: it is no witness", "verify", _pack, "--key", _key, "--witness", _key);
        await AssertUnusable("by --policy, or by --key and --witness", "verify", _pack, "--key", _key, "--policy", file);
        await AssertUnusable("--witness needs the log's own key beside it", "verify", _pack, "--witness", _key);
        await AssertUnusable("is a folder; name the file in it", "verify", _pack, "--key", _key, "--known", empty);
        await AssertUnusable("there is no file `events.jsonl` in the folder: is it a pack?", "show", empty);
        await AssertUnusable("is a file; name the folder of a pack or a log", "fsck", file, "--key", _key);
        await AssertUnusable("there is no file `checkpoint` in the folder: is it a log or a pack?", "fsck", empty, "--key", _key);
        await AssertUnusable("bailiwick audit keys new: --name: 'a b' is no name of a key", "keys", "new", Path.Combine(_folder, "k"), "--name", "a b", "--type", "log");
        await AssertUnusable("a witness begins with: bailiwick audit witness", "witness", Path.Combine(_folder, "absent.state"), "--key", file);
        await AssertUnusable("Give one of --turn, --index and --kind.", "show", _pack, "--turn", "t", "--index", "3");
        await AssertUnusable("--last takes a number from 1.", "show", _pack, "--last", "0");
        await AssertUnusable("--last takes a number from 1.", "show", _pack, "--last", "few");
        await AssertUnusable("--index takes a number from 0.", "show", _pack, "--index", "-1");
        await AssertUnusable("'wish' not recognized", "show", _pack, "--kind", "wish");
    }

    [Fact]
    public async Task Show_WithoutASelection_IsTheLastRecordsInOrder()
    {
        var (status, output, _) = await RunAsync("show", _pack, "--last", "3");
        Assert.Equal(0, status);
        Assert.Equal(["Record 297", "Record 298", "Record 299"], output.Split('\n').Where(line => line.StartsWith("Record", StringComparison.Ordinal)).Select(line => line.Split(':')[0]));
    }

    [Fact]
    public async Task Show_ALongNameOfAField_StandsApartFromItsValue()
    {
        var (status, output, _) = await RunAsync("show", _pack, "--kind", "silo", "--last", "1");
        Assert.Equal(0, status);
        Assert.Contains("\n  zone_evidence  ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_EventsOfAHostilePack_AreReadInBoundedMemory()
    {
        var edited = Copy();
        using (var file = File.OpenWrite(Path.Combine(edited, PackNames.Events)))
        {
            file.SetLength(1L << 33);
        }

        await AssertUnusable("run `audit verify` first", "show", edited, "--index", "400");
    }

    [Fact]
    public async Task Verify_ProofWithItsLeaf_IsBoundToBoth()
    {
        var pack = await SamplePack.CreateAsync(2026, 300, 100);
        var path = await new ProofBuilder(new TileNodes(pack.Log, 300)).InclusionAsync(41, 300, CancellationToken.None);
        var proof = Path.Combine(_folder, "r.tlog-proof");
        await File.WriteAllBytesAsync(proof, new TlogProof(null, 41, path, pack.Checkpoints[300]).ToBytes());
        var lines = File.ReadAllLines(Path.Combine(_pack, PackNames.Events));
        var leaf = Path.Combine(_folder, "leaf.json");
        File.WriteAllText(leaf, lines[41]);
        Assert.Equal(0, (await RunAsync("verify", proof, "--leaf", leaf, "--key", _key)).Status);
        File.WriteAllText(leaf, lines[42]);
        var (status, output, _) = await RunAsync("verify", proof, "--leaf", leaf, "--key", _key);
        Assert.Equal(1, status);
        Assert.Contains("this leaf is not at index 41", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_ATurn_TellsItsStoryAndProvesIt()
    {
        var lines = File.ReadAllLines(Path.Combine(_pack, PackNames.Events));
        var outcome = lines.Select(line => Leaf.TryParse(System.Text.Encoding.ASCII.GetBytes(line), out var leaf, out _) ? leaf : null).OfType<OutcomeLeaf>().First();
        var intent = lines.First(line => TreeHasher.Leaf(System.Text.Encoding.ASCII.GetBytes(line)) == outcome.Intent);
        using var json = JsonDocument.Parse(intent);
        var turn = json.RootElement.GetProperty("turn").GetString()!;
        var (status, output, _) = await RunAsync("show", _pack, "--turn", turn, "--key", _key);
        Assert.Equal(0, status);
        Assert.Contains($"turn {turn} was allowed and began", output, StringComparison.Ordinal);
        Assert.Contains("the turn ended", output, StringComparison.Ordinal);
        Assert.EndsWith("All 2 records are in the signed tree.", output.TrimEnd(), StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync("show", _pack, "--turn", "t-999999")).Status);
        Assert.Equal(0, (await RunAsync("show", _pack, "--kind", "deny", "--last", "3")).Status);
    }

    [Fact]
    public async Task Fsck_SoundAndDamagedLog_NamesTheTile()
    {
        var log = Path.Combine(_folder, "log");
        CopyFolder(Repository.Fixture("merkle", "log"), log);
        Assert.Equal(0, (await RunAsync("fsck", log, "--key", _key)).Status);
        var tile = Path.Combine(log, "tile", "1", "000.p", "2");
        var bytes = File.ReadAllBytes(tile);
        bytes[40] ^= 1;
        File.WriteAllBytes(tile, bytes);
        var (status, output, _) = await RunAsync("fsck", log, "--key", _key);
        Assert.Equal((1, "DAMAGED   tile/1/000.p/2: is not made of the tiles below it"), (status, output.TrimEnd()));

        // The tile above a wrong hash and the bundle beside it are right.
        File.Copy(Path.Combine(Repository.Fixture("merkle", "log"), "tile", "1", "000.p", "2"), tile, overwrite: true);
        var lower = Path.Combine(log, "tile", "0", "001");
        bytes = File.ReadAllBytes(lower);
        bytes[40] ^= 1;
        File.WriteAllBytes(lower, bytes);
        (status, output, _) = await RunAsync("fsck", log, "--key", _key);
        Assert.Equal((1, "DAMAGED   tile/0/001: does not give its hash in the tile above it"), (status, output.TrimEnd()));
        File.Copy(Path.Combine(Repository.Fixture("merkle", "log"), "tile", "0", "001"), lower, overwrite: true);

        // Each one is named, also behind one that is gone.
        File.Delete(Path.Combine(log, "tile", "0", "000"));
        File.Delete(Path.Combine(log, "tile", "1", "000.p", "2"));
        File.Delete(Path.Combine(log, "tile", "entries", "001"));
        (status, output, _) = await RunAsync("fsck", log, "--key", _key);
        Assert.Equal(1, status);
        Assert.Equal(
            ["DAMAGED   tile/0/000: is missing", "tile/entries/001: is missing", "tile/1/000.p/2: is missing"],
            output.TrimEnd().Split(Environment.NewLine).Select(line => line.Trim()));

        // A pack has no entry bundles, which is no damage.
        Assert.Equal(0, (await RunAsync("fsck", _pack, "--key", _key)).Status);
    }

    [Fact]
    public async Task Witness_FromFirstCheckpointToPack_CosignsAndRemembers()
    {
        var key = Path.Combine(_folder, "court.key");
        var state = Path.Combine(_folder, "court.state");
        var (status, vkey, _) = await RunAsync("keys", "new", key, "--name", "court.example/w", "--type", "witness");
        Assert.Equal(0, status);
        Assert.Equal(vkey, (await RunAsync("keys", "show", key)).Output);
        Assert.Equal(0, (await RunAsync("witness", state, "--watch", _key)).Status);

        var first = Path.Combine(_pack, PackNames.PreviousCheckpoint);
        (status, var line, _) = await RunAsync("witness", state, "--key", key, "--request", first);
        Assert.Equal(0, status);
        Assert.StartsWith("\u2014 court.example/w ", line, StringComparison.Ordinal);

        // A bare checkpoint cannot show that it continues; with the tiles of the pack it can.
        var head = Path.Combine(_pack, PackNames.Checkpoint);
        (status, _, var error) = await RunAsync("witness", state, "--key", key, "--request", head);
        Assert.Equal(1, status);
        Assert.Contains("does not continue the tree of 100 leaves", error, StringComparison.Ordinal);
        (status, line, _) = await RunAsync("witness", state, "--key", key, "--request", head, "--pack", _pack);
        Assert.Equal(0, status);

        // What it has seen is not forgotten, whoever is watched besides.
        (status, var watching, _) = await RunAsync("witness", state, "--watch", _key);
        Assert.Equal((0, "WATCHING  log.example/bailiwick/eu.de: by 1 key, 300 records seen"), (status, watching.TrimEnd()));
        (status, _, error) = await RunAsync("witness", state, "--key", key, "--request", first);
        Assert.Equal(1, status);
        Assert.Contains("REFUSED   this witness has seen 300 records of log.example/bailiwick/eu.de, the checkpoint has 100", error, StringComparison.Ordinal);
        (status, _, error) = await RunAsync("witness", state, "--key", key, "--request", Path.Combine(_pack, PackNames.Events));
        Assert.Equal(1, status);
        Assert.Contains("neither a signed checkpoint nor a request to a witness", error, StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync("witness", state, "--watch", vkey.Trim())).Status);

        // The line makes a checkpoint that the policy with this witness accepts.
        var cosigned = Path.Combine(_folder, "checkpoint");
        await File.WriteAllTextAsync(cosigned, await File.ReadAllTextAsync(head) + line);
        var policy = TrustPolicy.Of([SampleLog.Key(_key)], [SampleLog.Key(vkey.Trim())], 1);
        Assert.True(policy.TryOpen(await File.ReadAllBytesAsync(cosigned), out _, out var fault), fault?.ToString());
    }

    private static async Task<(int Status, string Output, string Error)> RunAsync(params string[] arguments)
    {
        var configuration = new InvocationConfiguration { Output = new StringWriter(), Error = new StringWriter() };
        var status = await global::Bailiwick.Cli.Program.RunAsync(["audit", .. arguments], configuration, CancellationToken.None);
        return (status, configuration.Output.ToString()!, configuration.Error.ToString()!);
    }

    /// <summary>A screen of the page is a block that begins with the command; the pack of `verify` is the one that the page tells of.</summary>
    [Fact]
    public async Task Page_EveryScreen_IsWhatTheCommandPrints()
    {
        const string prompt = "$ bailiwick audit ";
        var edited = Copy();
        var lines = File.ReadAllLines(Path.Combine(edited, PackNames.Events));
        lines[41] = lines[42];
        File.WriteAllText(Path.Combine(edited, PackNames.Events), string.Join('\n', lines) + "\n");
        var page = File.ReadAllText(Path.Combine(Repository.Root, "src", "Bailiwick.Evidence", "README.md"));
        var screens = page.Split("```").Select(block => block.TrimStart('\n'))
            .Where(block => block.StartsWith(prompt, StringComparison.Ordinal)).ToList();
        Assert.Equal(4, screens.Count);
        foreach (var screen in screens)
        {
            var command = screen[prompt.Length..screen.IndexOf('\n', StringComparison.Ordinal)];
            var words = command.Split(' ').Select(word => word switch
            {
                "./pack" => command.StartsWith("verify", StringComparison.Ordinal) ? edited : _pack,
                "log.vkey" => _key,
                _ => word,
            });
            var (_, output, _) = await RunAsync([.. words]);
            Assert.Equal(screen, $"{prompt}{command}\n{output.TrimEnd()}\n");
        }
    }

    private static async Task AssertUnusable(string sentence, params string[] arguments)
    {
        var (status, output, error) = await RunAsync(arguments);
        Assert.Contains(sentence, error + output, StringComparison.Ordinal);
        Assert.Equal(2, status);
    }

    private string Copy()
    {
        var target = Path.Combine(_folder, "edited");
        CopyFolder(_pack, target);
        return target;
    }

    private static void CopyFolder(string source, string target)
    {
        foreach (var file in Directory.GetFiles(source, "*", SearchOption.AllDirectories))
        {
            var path = Path.Combine(target, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.Copy(file, path);
        }
    }
}
