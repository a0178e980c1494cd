using System.CommandLine;
using System.Text.Json.Nodes;
using Bailiwick.Client;
using Bailiwick.Evidence;
using Bailiwick.Evidence.Storage;
using Grpc.Core;

namespace Bailiwick.Cli.Verbs;

/// <summary>`bailiwick audit export`: takes an evidence pack out of a running cluster.</summary>
internal static class AuditExport
{
    /// <summary>More files than this are not taken.</summary>
    private const int MaxFiles = 10_000_000;

    public static Command Create()
    {
        var command = new AuditCommand(
            "export",
            "Take an evidence pack out of a running cluster into a new folder, and check it when you say whom to trust. "
                + "Needs an API key of scope audit; the export is itself a record. "
                + "Exit status: 0 exported, and verified if asked; 1 refused; 2 cannot run; 3 genuine but contradictory.",
            "bailiwick audit export --server http://127.0.0.1:8080 --key-file officer.key --out ./pack --trust log.vkey",
            "bailiwick audit export --server http://127.0.0.1:8080 --key-file officer.key --ground file-2026-117 --out ./pack --output json");
        var server = new Option<string>("--server") { Description = "Address of a gateway's gRPC door.", Required = true };
        var keyFile = new Option<string>("--key-file") { Description = "File with the secret of an API key, mode 0600.", Required = true };
        var folder = new Option<string>("--out") { Description = "Folder to make; it must be empty or not there.", Required = true };
        var trust = new Option<string[]>("--trust") { Description = "A key of the log, or a file that holds it: verify the pack with it. Repeatable." };
        var ground = new Option<string>("--ground")
        {
            Description = "Why, as the record of the export shall say it: an id of your register, such as a file number (a-z, 0-9, hyphen); no text.",
            HelpName = "ID", DefaultValueFactory = _ => "",
        };
        command.Options.Add(server);
        command.Options.Add(keyFile);
        command.Options.Add(folder);
        command.Options.Add(ground);
        command.Options.Add(trust);
        var ca = ClusterAccess.CaOption();
        command.Options.Add(ca);
        command.OnRun((parsed, output, cancellationToken) =>
        {
            VerifierKey[] keys = [.. (parsed.GetValue(trust) ?? []).Select(AuditTrust.Key)];
            return RunAsync(
                Address(parsed.GetRequiredValue(server)), parsed.GetRequiredValue(keyFile), parsed.GetRequiredValue(folder), parsed.GetRequiredValue(ground), keys,
                parsed.GetValue(ca), output, cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        Uri server, string keyFile, string path, string ground, VerifierKey[] keys, string? ca, AuditOutput output, CancellationToken cancellationToken)
    {
        var secret = Secret(keyFile);
        if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any())
        {
            throw new AuditException($"{path} is not empty: a pack gets a folder of its own");
        }

        Directory.CreateDirectory(path);
        var folder = new DiskFolder(path);
        using var authority = ClusterAccess.Authority(ca);
        using var client = new EvidenceClient(server, secret, authority);
        var (files, bytes) = await ReceiveAsync(client, server, ground, folder, cancellationToken);
        await SayAsync(output, files, bytes, path, cancellationToken);
        if (keys.Length > 0)
        {
            return await AuditVerify.VerifyPackAsync(path, [], AuditTrust.Of(keys, []), output, cancellationToken);
        }

        if (!output.IsJson)
        {
            await output.Out.WriteLineAsync("Not verified: say whom to trust with --trust, or run bailiwick audit verify, or the pack's verify.sh.");
        }

        return AuditStatus.Good;
    }

    private static async Task<(int Files, long Bytes)> ReceiveAsync(
        EvidenceClient client, Uri server, string ground, DiskFolder folder, CancellationToken cancellationToken)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var (current, bytes) = ("", 0L);
        Stream? file = null;
        try
        {
            await foreach (var piece in client.ExportAsync(ground, cancellationToken))
            {
                if (piece.File != current || file is null)
                {
                    await CloseAsync(file);
                    file = Begin(folder, seen, piece.File);
                    current = piece.File;
                }

                await file.WriteAsync(piece.Bytes, cancellationToken);
                bytes += piece.Bytes.Length;
            }
        }
        catch (RpcException problem)
        {
            throw new AuditException($"{server}: {problem.Status.Detail} ({problem.StatusCode})");
        }
        finally
        {
            await CloseAsync(file);
        }

        return seen.Contains(PackNames.Manifest) ? (seen.Count, bytes) : throw new AuditException("the pack ended before its MANIFEST");
    }

    /// <summary>The folder refuses names that lead out of it; a file that comes twice would replace what came first.</summary>
    private static Stream Begin(DiskFolder folder, HashSet<string> seen, string name)
    {
        if (seen.Count >= MaxFiles || !seen.Add(name))
        {
            throw new AuditException("the server sends a file twice, or too many files");
        }

        try
        {
            return folder.Create(name);
        }
        catch (ArgumentException)
        {
            throw new AuditException("the server sends a file whose name is none of a pack");
        }
    }

    private static ValueTask CloseAsync(Stream? file) => file?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static Uri Address(string text) => Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is ("http" or "https")
        ? address
        : throw new AuditException($"{text} is no address of a gateway; one looks like http://127.0.0.1:8080");

    private static string Secret(string file)
    {
        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & Others) != 0)
        {
            throw new AuditException($"{file} is open to other users; set its mode to 0600 (chmod 600)");
        }

        return File.ReadLines(file).FirstOrDefault()?.Trim() is { Length: > 0 } secret ? secret : throw new AuditException($"{file} holds no key");
    }

    private static Task SayAsync(AuditOutput output, int files, long bytes, string path, CancellationToken cancellationToken) => output.SayAsync(
        new JsonObject { ["folder"] = path, ["files"] = files, ["bytes"] = bytes },
        $"EXPORTED  {files} files, {AuditVerify.Count((ulong)bytes)} bytes, into {path}",
        cancellationToken);
}
