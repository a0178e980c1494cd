using Bailiwick.Models.Import;
using Bailiwick.Models.Weights;
using Bailiwick.Protocol;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Silo.Hosting;

namespace Bailiwick.Silo.Shards;

/// <summary>
/// Brings each model of this worker's configuration up, in the background: import, verify, load. A decoder that is lost is the link's
/// to restart; one that is lost too often is given up here, and tried again later.
/// </summary>
internal sealed class DecoderSupervisor(
    DecoderModel settings, SiloIdentity identity, ReplicaHosts hosts, IDesiredReplicas desired, TimeProvider time,
    ILogger<DecoderSupervisor> log)
{
    private static readonly TimeSpan TryAgain = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StatePeriod = TimeSpan.FromSeconds(2);

    /// <summary>Runs until the silo stops; then the decoders are gone.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var sources = new Dictionary<string, string>(StringComparer.Ordinal);
        var entries = new List<ReadOnlyMemory<byte>>();
        var lives = new List<Task>();
        foreach (var path in settings.Models)
        {
            var source = new ReplicaSource(path, settings, time, log);
            var (model, entry, fault) = Find(source);
            if (!sources.TryAdd(model.Name, path))
            {
                log.SecondOfItsName(model.Name);
                continue;
            }

            if (!entry.IsEmpty)
            {
                entries.Add(entry);
            }

            var host = hosts.Add();
            host.Describe(model);
            if (fault is null)
            {
                lives.Add(LiveAsync(model, source, host, cancellationToken));
            }
            else
            {
                Fail(host, model.Name, fault);
            }
        }

        await Task.WhenAll([.. lives, StateAsync(sources, entries, cancellationToken)]);
    }

    private static (ServedModel Model, ReadOnlyMemory<byte> Entry, string? Fault) Find(ReplicaSource source)
    {
        try
        {
            var (model, entry) = source.Find();
            return (model, entry, null);
        }
        catch (Exception problem) when (problem is BadModelException or IOException or UnauthorizedAccessException)
        {
            return (ServedModelView.Unknown(PublishedModel.NameOf(source.Path)), default, Sentence(problem));
        }
    }

    // The row says what is meant to be here; where PostgreSQL is away it is written later.
    private async Task StateAsync(
        Dictionary<string, string> sources, List<ReadOnlyMemory<byte>> entries, CancellationToken cancellationToken)
    {
        var stated = false;
        await BackgroundLoop.RunAsync(
            "replicas",
            async token =>
            {
                if (!stated)
                {
                    await desired.StateAsync(new NodeName(identity.Zone, identity.Node), sources, token);
                    foreach (var entry in entries)
                    {
                        await desired.KeepEntryAsync(entry, token);
                    }

                    stated = true;
                }
            },
            token => Task.Delay(stated ? Timeout.InfiniteTimeSpan : StatePeriod, time, token),
            log,
            cancellationToken);
    }

    private async Task LiveAsync(ServedModel found, ReplicaSource source, ReplicaHost host, CancellationToken cancellationToken)
    {
        try
        {
            host.Enter(ReplicaPhase.Importing, "");
            var (model, folder) = await source.BuildAsync(found, new Importing(host, found.Name, log), cancellationToken);
            host.Describe(model);
            var options = source.Options(folder, source.Memory(), model.ContextTokens);
            for (var reason = ""; ;)
            {
                host.Enter(ReplicaPhase.Loading, reason);
                if (await DecodeAsync(model.Name, options, host, cancellationToken) is not { } loss)
                {
                    return;
                }

                if (loss.Permanent)
                {
                    Fail(host, model.Name, loss.Problem.Sentence);
                    return;
                }

                reason = loss.Problem.Sentence;
                log.DecoderGivenUp(model.Name, TryAgain.TotalSeconds, reason);
                host.Enter(ReplicaPhase.Loading, reason);
                await Task.Delay(TryAgain, time, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The silo stops.
        }
        catch (Exception problem)
        {
            // Loop border: one model that fails, for whatever reason, is no reason to lose the others.
            Fail(host, found.Name, Sentence(problem));
        }
    }

    /// <summary>One link from its start to its end. Null: the silo stops.</summary>
    private async Task<DecoderLoss?> DecodeAsync(
        string model, DecoderLinkOptions options, ReplicaHost host, CancellationToken cancellationToken)
    {
        await using var link = await DecoderLink.StartAsync(options, time, log, cancellationToken);
        host.Attach(link);
        try
        {
            await foreach (var state in link.WatchAsync(cancellationToken))
            {
                if (state.Phase == DecoderPhase.Ready)
                {
                    log.ReplicaReady(model, state.Hello?.Pid ?? 0, state.Losses);
                }

                host.Touch();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return null;
        }

        return link.State.Loss;
    }

    private void Fail(ReplicaHost host, string model, string sentence)
    {
        log.ReplicaFailed(model, sentence);
        host.Enter(ReplicaPhase.Failed, sentence);
    }

    /// <summary>What an import or a disk says names files and reasons, and comes before any request; of anything else only the place is told.</summary>
    private static string Sentence(Exception problem) => problem is BadModelException or IOException or UnauthorizedAccessException
        ? problem.Message.ReplaceLineEndings(" ").TrimEnd('.', ' ') + "."
        : $"It failed in a way that was not foreseen: {ProblemPlace.Of(problem)}.";

    /// <summary>Progress of an import as the replica's reason; a line in the log per step.</summary>
    private sealed class Importing(ReplicaHost host, string model, ILogger log) : IProgress<ImportProgress>
    {
        private ImportPhase? _phase;
        private long _percent = -1;

        public void Report(ImportProgress value)
        {
            var percent = value.Total > 0 ? 100 * value.Done / value.Total : 0;
            if (value.Phase != _phase)
            {
                log.Importing(model, value.Phase);
            }
            else if (percent == _percent)
            {
                return;
            }

            (_phase, _percent) = (value.Phase, percent);
            host.Enter(ReplicaPhase.Importing, value.Total > 0 ? $"{value.Phase}: {percent} %." : $"{value.Phase}.");
        }
    }
}
