using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Bailiwick.Evidence;

namespace Bailiwick.Tests.Evidence;

/// <summary>verify.sh, as an officer runs it who has nothing of ours.</summary>
public sealed class ScriptTests
{
    [Fact]
    public async Task Script_OnPacksUntouchedAndEdited_AgreesWithTheVerifier()
    {
        var pack = await SamplePack.CreateAsync(9, 700, 300);
        var (status, output) = await RunScriptAsync(pack.Folder);
        Assert.True(status == 0, output);
        Assert.Contains("cosigned by witness.example/w1", output, StringComparison.Ordinal);
        Assert.Contains("VERIFIED: 700 leaves of " + SampleLog.Origin, output, StringComparison.Ordinal);

        // One edit of each kind: its place must be in what the officer reads.
        var tamper = new Tamper(pack, seed: 21);
        foreach (var kind in Tamper.Kinds)
        {
            var edit = tamper.Edit(kind);
            (status, output) = await RunScriptAsync(edit.Folder);
            Assert.True(status == 1, $"{edit}: {output}");
            Assert.Contains("REFUSED " + edit.File, output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Script_KeyGivenAsAFile_IsReadWhereTheOfficerStandsAndNeverInThePack()
    {
        var pack = await SamplePack.CreateAsync(9, 70);
        using var log = SamplePack.LogKey();
        using var forger = SigningKey.FromSeed(SampleLog.Origin, SignatureType.Ed25519, new byte[32]);
        var desk = Directory.CreateTempSubdirectory("bailiwick-desk-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(desk, "log.vkey"), log.Key + "\n");
            var (status, output) = await RunScriptAsync(pack.Folder, ["log.vkey"], desk);
            Assert.True(status == 0, output);

            // A forged pack that brings the forger's key under the name of the officer's file.
            var head = new Checkpoint(SampleLog.Origin, 70, (await new ProofBuilder(new TileNodes(pack.Log, 70)).RootAsync(70, CancellationToken.None)));
            var forged = new MemoryFolder();
            var content = new PackContent(pack.Log, head.Sign([forger], DateTimeOffset.UnixEpoch).ToBytes(), default, [], []);
            await new PackWriter(content, forged, forger).WriteAsync(CancellationToken.None);
            forged.Files["log.vkey"] = Encoding.ASCII.GetBytes(forger.Key + "\n");
            (status, output) = await RunScriptAsync(forged, ["log.vkey"], desk);
            Assert.Equal(1, status);
            Assert.Contains("REFUSED checkpoint: no signature of " + SampleLog.Origin, output, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(desk, recursive: true);
        }
    }

    [Fact]
    public async Task Script_WithNothingOnItsPathButAwkCoreutilsAndOpenssl_Runs()
    {
        var pack = await SamplePack.CreateAsync(9, 300, 100);
        using var log = SamplePack.LogKey();
        var tools = Directory.CreateTempSubdirectory("bailiwick-tools-").FullName;
        try
        {
            var places = Environment.GetEnvironmentVariable("PATH")!.Split(':');
            foreach (var tool in Coreutils.Append("awk").Append("openssl"))
            {
                if (places.Select(place => Path.Combine(place, tool)).FirstOrDefault(File.Exists) is { } found)
                {
                    File.CreateSymbolicLink(Path.Combine(tools, tool), found);
                }
            }

            var (status, output) = await RunScriptAsync(pack.Folder, [log.Key.ToString()], path: tools);
            Assert.True(status == 0, output);

            // The ways that only a refusal takes run with them too.
            var edited = pack.Folder.Copy();
            edited.Files["tile/0/000"] = [.. edited.Files["tile/0/000"].Reverse()];
            edited.Files[PackNames.Events] = edited.Files[PackNames.Events][..^200];
            (status, output) = await RunScriptAsync(edited, [log.Key.ToString()], path: tools);
            Assert.Equal(1, status);
            Assert.DoesNotContain("not found", output, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(tools, recursive: true);
        }
    }

    [Fact]
    public async Task Script_WrongKeysAndASecondSpelling_AreRefused()
    {
        var pack = await SamplePack.CreateAsync(9, 70);
        using var log = SamplePack.LogKey();
        var key = log.Key.ToString();
        Assert.Equal(2, (await RunScriptAsync(pack.Folder, ["nonsense"])).Status);

        // The key of the log is nobody's witness.
        Assert.Equal(2, (await RunScriptAsync(pack.Folder, [key, key])).Status);
        var edited = pack.Folder.Copy();
        edited.Files[PackNames.Manifest] = [.. edited.Files[PackNames.Manifest][..^1], (byte)' ', (byte)'\n'];
        var (status, output) = await RunScriptAsync(edited, [key]);
        Assert.Equal(1, status);
        Assert.Contains("REFUSED MANIFEST: malformed signature line", output, StringComparison.Ordinal);
    }

    /// <summary>An officer compares the script's digest with the one that the page publishes.</summary>
    [Fact]
    public void Script_ItsDigest_IsThatOfThePage()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "src", "Bailiwick.Evidence", "README.md"));
        Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(VerifyScript.Bytes.Span)), page, StringComparison.Ordinal);
    }

    /// <summary>The programs of GNU coreutils that a verifier could want.</summary>
    private static IEnumerable<string> Coreutils =>
        "base32 base64 basename basenc cat chmod cksum comm cp csplit cut date dd dirname du echo env expand expr false fmt fold head id install join link ln ls md5sum mkdir mkfifo mktemp mv nl nproc od paste pr printenv printf pwd readlink realpath rm rmdir seq sha1sum sha256sum sha512sum shuf sleep sort split stat stty sum sync tac tail tee test timeout touch tr true truncate tsort uname unexpand uniq unlink wc yes"
            .Split(' ');

    private static async Task<(int Status, string Output)> RunScriptAsync(MemoryFolder folder)
    {
        using var log = SamplePack.LogKey();
        using var witness = SampleLog.Signer("witness.example/w1", SignatureType.Ed25519Cosignature);
        return await RunScriptAsync(folder, [log.Key.ToString(), witness.Key.ToString()]);
    }

    private static async Task<(int Status, string Output)> RunScriptAsync(
        MemoryFolder pack, IEnumerable<string> keys, string? desk = null, string? path = null)
    {
        var folder = Directory.CreateTempSubdirectory("bailiwick-pack-").FullName;
        try
        {
            pack.SaveTo(folder);

            // The script under test is ours, not the one in the pack, as an officer would do it.
            var script = Path.Combine(Repository.Root, "src", "Bailiwick.Evidence", "Packs", "verify.sh");
            var start = new ProcessStartInfo("/bin/bash", [script, "-d", folder, .. keys])
            {
                RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = desk ?? "",
            };
            start.Environment["PATH"] = path ?? Environment.GetEnvironmentVariable("PATH");
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
            var error = await process.StandardError.ReadToEndAsync(CancellationToken.None);
            await process.WaitForExitAsync(CancellationToken.None);
            return (process.ExitCode, await output + error);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
