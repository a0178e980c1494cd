using System.Security.Cryptography;
using System.Text;
using Bailiwick.Models.Catalogue;
using Bailiwick.Models.Import;
using Bailiwick.Models.Weights;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Silo.Hosting;

namespace Bailiwick.Silo.Shards;

/// <summary>A model of this worker's configuration, from its path to a verified folder that a decoder can load.</summary>
internal sealed class ReplicaSource(string path, DecoderModel settings, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan CheckLimit = TimeSpan.FromMinutes(2);

    public string Path => path;

    /// <summary>What stands at the path, and the bytes of its entry, if it has one; builds nothing.</summary>
    /// <exception cref="BadModelException">It is no model; the message names the file.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public (ServedModel Model, ReadOnlyMemory<byte> Entry) Find()
    {
        var published = settings.Simulate is null ? PublishedModel.Find(path) : PublishedModel.FindEntry(path);
        return (Facts(published.Name, published.Entry, published.EntryDigest), published.EntryBytes);
    }

    /// <summary>Builds the model, or finds its build in the store, and reads every file of it again.</summary>
    /// <param name="found">What <see cref="Find"/> gave.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Ends it; nothing is left in the store.</param>
    /// <exception cref="BadModelException">The source is refused, or the build was changed; the message names the file.</exception>
    /// <exception cref="IOException">The store cannot be written or read.</exception>
    public async Task<(ServedModel Model, string Folder)> BuildAsync(
        ServedModel found, IProgress<ImportProgress> progress, CancellationToken cancellationToken)
    {
        if (settings.Simulate is not null)
        {
            return (found with { Build = SimulatedBuild(found) }, "");
        }

        var store = new ModelStore(settings.Store!);
        var request = new ImportRequest(path, settings.Store!, new ImportOptions());
        var imported = await ModelImporter.ImportAsync(request, progress, CheckAsync, cancellationToken);
        var record = store.List().First(build => build.Digest == imported.BuildDigest);
        await Task.Run(() => store.Verify(record, cancellationToken), cancellationToken);
        return (found with { Build = imported.BuildDigest, ContextTokens = record.ContextTokens }, imported.Folder);
    }

    /// <summary>How its decoders are started.</summary>
    public DecoderLinkOptions Options(string folder, MemoryNeed? memory, int contextTokens) => new()
    {
        Load = new Protocol.Decoder.V1.Load
        {
            ModelDirectory = folder,
            Threads = settings.Threads,
            KvBlocks = settings.KvBlocks,
            KvBlockTokens = BlockTokens,
            GenaiLibrary = settings.GenAi ?? "",
            AllowUnisolated = settings.AllowUnisolated,
            MaxActiveTurns = ReplicaHost.MostActive,
            MemoryLimitBytes = MemoryLimit(memory, contextTokens),
        },
        SimulationProfile = settings.Simulate,
        // Replicas are killed in drills, and each loss costs only a replay: give up late, and wait little.
        MaxRestarts = 20,
        RestartWindow = TimeSpan.FromMinutes(1),
        MaxRestartDelay = TimeSpan.FromSeconds(5),
        // A turn goes on in another decoder only by its gateway's doing: it picks the nearest, and records that the decoder is another.
        ResumeOnLoss = false,
    };

    /// <summary>Need for one decoder as the site's entry states it; null without an entry.</summary>
    public MemoryNeed? Memory() => (settings.Simulate is null ? PublishedModel.Find(path) : PublishedModel.FindEntry(path)).Entry?.Memory;

    private const int BlockTokens = 16;
    private const int DefaultContexts = 8;

    // Twice what the entry states, and the runtime's own: it stops a leak, not a busy hour. No entry, no limit.
    private long MemoryLimit(MemoryNeed? memory, int contextTokens)
    {
        const long Runtime = 512L << 20;
        var tokens = settings.KvBlocks > 0 ? (long)settings.KvBlocks * BlockTokens : (long)DefaultContexts * contextTokens;
        return memory is null || settings.Simulate is not null ? 0 : 2 * (memory.LoadBytes + memory.BytesPerToken * tokens) + Runtime;
    }

    private async Task CheckAsync(string folder, CancellationToken cancellationToken)
    {
        var verdict = await DecoderCheck.RunAsync(folder, null, isolate: true, CheckLimit, time, log, cancellationToken);
        if (!verdict.Accepted)
        {
            throw new BadModelException(System.IO.Path.GetFileName(path), verdict.Problem ?? "was refused by the decoder without a reason");
        }
    }

    // No weights, so no tree: the entry stands for it, and a real build can never have this digest.
    private static string SimulatedBuild(ServedModel model) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"simulated\0{model.Name}\0{model.Entry}")));

    private static ServedModel Facts(string name, CatalogueEntry? entry, string digest) => new()
    {
        Name = name,
        // Arrays: whatever a collection expression makes of an interface, Orleans cannot send.
        Aliases = entry?.Aliases.ToArray() ?? [],
        Build = "",
        Family = entry?.Family ?? "",
        Openness = entry?.Openness switch
        {
            Models.Catalogue.Openness.OpenSource => "open-source",
            Models.Catalogue.Openness.OpenWeightsPermissive => "open-weights-permissive",
            Models.Catalogue.Openness.OpenWeightsRestricted => "open-weights-restricted",
            Models.Catalogue.Openness.ClosedApi => "closed-api",
            _ => "",
        },
        Licence = entry?.Licence.Id ?? "",
        UseRestrictions = entry?.UseRestrictions.ToArray() ?? [],
        PermittedZones = entry?.PermittedZones?.ToArray(),
        ContextTokens = entry?.ContextTokens ?? 0,
        Entry = digest,
        Replicas = Array.Empty<Replica>(),
    };
}
