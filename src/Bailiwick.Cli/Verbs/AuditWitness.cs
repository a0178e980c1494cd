using System.CommandLine;
using System.Text.Json.Nodes;
using Bailiwick.Evidence;
using Bailiwick.Evidence.Storage;

namespace Bailiwick.Cli.Verbs;

/// <summary>`bailiwick audit witness`: cosign what continues the log that this witness has seen. Files only: fit for air gaps.</summary>
internal static class AuditWitness
{
    public static Command Create()
    {
        var command = new AuditCommand(
            "witness",
            "Read a checkpoint (or a request: `cat consistency checkpoint` of a pack) from the standard input, compare it with "
                + "the STATE file, and print cosignature lines. Exit status: 0 cosigned or watching, 1 refused, 2 cannot run.",
            "bailiwick audit witness court.state --watch log.vkey",
            "bailiwick audit witness court.state --key court.key < checkpoint",
            "bailiwick audit witness court.state --key court.key --pack ./pack < ./pack/checkpoint >> checkpoint");
        var state = new Argument<string>("STATE") { Description = "What this witness remembers. Losing it is losing the witness." };
        var watch = new Option<string[]>("--watch") { Description = "Watch a log by its key; makes the file if it is absent." };
        var keys = new Option<string[]>("--key") { Description = "Key files of the witness: one line for each. Repeatable." };
        var pack = new Option<string?>("--pack") { Description = "Folder with tiles, from which the consistency proof is made." };
        var request = new Option<string?>("--request") { Description = "Read this file instead of the standard input." };
        command.Arguments.Add(state);
        command.Options.Add(watch);
        command.Options.Add(keys);
        command.Options.Add(pack);
        command.Options.Add(request);
        command.OnRun(async (parsed, output, cancellationToken) =>
        {
            var path = parsed.GetValue(state)!;
            if (parsed.GetValue(watch) is { Length: > 0 } watched)
            {
                await WatchAsync(path, watched, output, cancellationToken);
                return AuditStatus.Good;
            }

            if (!File.Exists(path))
            {
                throw new AuditException($"no state file {path}; a witness begins with: bailiwick audit witness {path} --watch LOG-KEY");
            }

            var signers = Signers(parsed.GetValue(keys) ?? []);
            try
            {
                var input = await ReadAsync(parsed.GetValue(request), cancellationToken);
                var body = await CompleteAsync(path, input, parsed.GetValue(pack), cancellationToken);
                return await ExchangeAsync(path, body, signers, output, cancellationToken);
            }
            finally
            {
                signers.ForEach(signer => signer.Dispose());
            }
        });
        return command;
    }

    private static async Task WatchAsync(string path, string[] watched, AuditOutput output, CancellationToken cancellationToken)
    {
        var keys = watched.Select(AuditTrust.Key).ToList();
        if (keys.Find(key => !key.Type.SignsLogs()) is { } other)
        {
            throw new AuditException($"{other.Name} is the key of a witness: it signs no log that could be watched");
        }

        if (!WitnessStateFile.TryWatch(path, keys, out var state, out var fault))
        {
            throw new AuditException(fault.ToString());
        }

        foreach (var origin in keys.Select(key => key.Name).Distinct())
        {
            var (size, count) = (state.HeadOf(origin).Size, state.KeysOf(origin).Count);
            await output.SayAsync(
                new JsonObject { ["log"] = origin, ["keys"] = count, ["size"] = size },
                $"WATCHING  {origin}: by {count} {(count == 1 ? "key" : "keys")}, {AuditVerify.Count(size)} records seen",
                cancellationToken);
        }
    }

    private static List<SigningKey> Signers(string[] keyFiles)
    {
        var signers = keyFiles.Select(file => KeyFile.TryRead(file, out var key, out var fault)
            ? key
            : throw new AuditException(fault.ToString())).ToList();
        return signers.Count > 0 && signers.TrueForAll(signer => signer.Key.Type.Cosigns())
            ? signers
            : throw new AuditException("name the key files of the witness with --key; the key of a log signs no cosignature");
    }

    private static async Task<ReadOnlyMemory<byte>> ReadAsync(string? request, CancellationToken cancellationToken)
    {
        if (request is not null)
        {
            return AuditTrust.Bytes(request, AddCheckpointRequest.MaxBytes);
        }

        await using var input = Console.OpenStandardInput();
        return await input.ReadBoundedAsync(AddCheckpointRequest.MaxBytes, cancellationToken);
    }

    /// <summary>A bare checkpoint becomes a request from the size that the witness has, with a proof if tiles are at hand.</summary>
    private static async Task<ReadOnlyMemory<byte>> CompleteAsync(
        string path, ReadOnlyMemory<byte> input, string? pack, CancellationToken cancellationToken)
    {
        if (!SignedNote.TryParse(input.Span, out var note, out _) || !Checkpoint.TryParse(note.Text, out var checkpoint, out _))
        {
            return input;
        }

        var size = ReadState(path).HeadOf(checkpoint.Origin).Size;
        if (size > checkpoint.Size)
        {
            throw new AuditException(
                $"this witness has seen {size} records of {checkpoint.Origin}, the checkpoint has {checkpoint.Size}: an older one is not cosigned",
                AuditStatus.Refused);
        }

        IReadOnlyList<TreeHash> proof = [];
        if (pack is not null && size < checkpoint.Size)
        {
            try
            {
                var nodes = new TileNodes(new FolderTileStore(AuditTrust.Folder(pack)), checkpoint.Size);
                proof = await new ProofBuilder(nodes).ConsistencyAsync(size, checkpoint.Size, cancellationToken);
            }
            catch (EvidenceMissingException missing)
            {
                throw new AuditException(missing.Message);
            }
        }

        return new AddCheckpointRequest(size, proof, input).ToBytes();
    }

    private static async Task<int> ExchangeAsync(
        string path, ReadOnlyMemory<byte> body, IReadOnlyList<ICheckpointSigner> signers, AuditOutput output, CancellationToken cancellationToken)
    {
        if (!WitnessStateFile.TryExchange(path, body.Span, signers, TimeProvider.System, out var answer, out var fault))
        {
            throw new AuditException(fault.ToString());
        }

        var isCosigned = answer.Status == 200;
        if (output.IsJson)
        {
            await output.SayAsync(new JsonObject { ["status"] = answer.Status, ["body"] = answer.Body }, "", cancellationToken);
        }
        else
        {
            await (isCosigned ? output.Out : output.Error).WriteAsync(isCosigned ? answer.Body : $"REFUSED   {Say(answer)}");
        }

        return isCosigned ? AuditStatus.Good : AuditStatus.Refused;
    }

    private static string Say(WitnessAnswer answer) => answer.Status switch
    {
        400 => $"neither a signed checkpoint nor a request to a witness: {answer.Body}",
        409 => $"the request starts from another size: this witness has seen {answer.Body.TrimEnd()} records{Environment.NewLine}",
        422 => answer.Body + "          Name a folder with the log's tiles (--pack); if it is refused then too, the log was rewritten: raise an alarm.\n",
        _ => answer.Body,
    };

    private static WitnessState ReadState(string path) =>
        WitnessStateFile.TryRead(path, out var state, out var fault) ? state : throw new AuditException(fault.ToString());
}
