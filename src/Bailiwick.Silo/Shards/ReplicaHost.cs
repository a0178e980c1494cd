using System.Security.Cryptography;
using System.Text;
using Bailiwick.Protocol;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Residency.Requests;

namespace Bailiwick.Silo.Shards;

/// <summary>One model on this worker: where it is in its life, its decoder, and what its turns hold. Outlives the shard's grain.</summary>
internal sealed class ReplicaHost(SiloIdentity identity, TimeProvider time, Action changed)
{
    /// <summary>Turns that a decoder steps at a time; sent to it, so that both count alike.</summary>
    public const int MostActive = 64;

    private readonly Lock _gate = new();
    private readonly WaitEstimate _estimate = new();
    private readonly DecoderPulse _pulse = new();
    private ServedModel? _model;
    private ReplicaPhase _phase = ReplicaPhase.Importing;
    private string _reason = "";
    private DecoderLink? _link;
    private int _waiting;
    private int _active;
    private int _blocks;

    /// <summary>Tree digest; empty while it is not known.</summary>
    public string Build
    {
        get
        {
            lock (_gate)
            {
                return _model?.Build ?? "";
            }
        }
    }

    /// <summary>Passes of the loop that its decoder counted; 0 before the first heartbeat.</summary>
    public long Iterations
    {
        get
        {
            lock (_gate)
            {
                return _link?.LatestHeartbeat?.Iterations ?? 0;
            }
        }
    }

    /// <summary>Decoders that were lost since the link began.</summary>
    public long Losses
    {
        get
        {
            lock (_gate)
            {
                return _link?.State.Losses ?? 0;
            }
        }
    }

    /// <summary>Its name and facts are known.</summary>
    public void Describe(ServedModel model) => Change(() => _model = model);

    /// <summary>It is on its way; a reason says how far, or why again.</summary>
    public void Enter(ReplicaPhase phase, string reason) => Change(() => (_phase, _reason, _link) = (phase, reason, null));

    /// <summary>Its decoder runs; from now on the link's state is the replica's.</summary>
    public void Attach(DecoderLink link) => Change(() => (_phase, _reason, _link) = (ReplicaPhase.Loading, "", link));

    /// <summary>Looks whether the decoder lives.</summary>
    public void OnTick(double now)
    {
        DecoderLink? link;
        lock (_gate)
        {
            link = _link;
        }

        if (_pulse.Look(link?.State.Ready, link?.LatestHeartbeat, now))
        {
            changed();
        }
    }

    /// <summary>The decoder's state changed.</summary>
    public void Touch() => changed();

    /// <summary>What the node reports; null while not even the name is known.</summary>
    /// <param name="draining">The node takes no new turns.</param>
    /// <param name="silo">Address of this silo.</param>
    public ServedModel? Report(bool draining, string silo)
    {
        lock (_gate)
        {
            if (_model is null)
            {
                return null;
            }

            var state = _link?.State;
            var load = Load(state);
            var replica = new Replica
            {
                Zone = identity.Zone,
                Node = identity.Node,
                Model = _model.Name,
                Build = _model.Build,
                Phase = state?.Phase == DecoderPhase.Ready && !_pulse.IsSilent ? ReplicaPhase.Ready : _phase,
                Reason = _pulse.IsSilent ? "The decoder gives no sign of life."
                    : state is { Phase: not DecoderPhase.Ready, Loss: { } loss } ? loss.Problem.Sentence
                    : _reason,
                Abilities = state?.Ready is { } ready ? Abilities(state, ready) : null,
                KvBlocksFree = load.KvBlocksFree,
                Active = load.Active,
                Waiting = load.Waiting,
                ExpectedWaitMs = (int)_estimate.Expected(load).TotalMilliseconds,
                Draining = draining,
                Silo = silo,
            };
            return _model with { Replicas = new[] { replica } };
        }
    }

    /// <summary>Runs a turn: queues it, or refuses it where it would wait too long.</summary>
    /// <param name="stream">Told how it goes.</param>
    /// <param name="admitted">By this silo's own guard.</param>
    public void Run(ShardStream stream, Admitted<Submit> admitted)
    {
        if (TryEnter(out var link, out var retryAfter))
        {
            var stay = new Stay();
            stream.Enter(_pulse, started => Began(stay, started), () => Leave(stay));
            stream.Run(link!, admitted.Payload);
        }
        else if (link is null)
        {
            stream.End(ShardRecordKind.Absent);
        }
        else
        {
            stream.End(Refused(admitted.Payload, retryAfter), retryAfter);
        }
    }

    /// <summary>A text call; null where there is no decoder.</summary>
    public Task<TextReply>? CallAsync(Admitted<TextCall> admitted, CancellationToken cancellationToken)
    {
        DecoderLink? link;
        lock (_gate)
        {
            link = _link;
        }

        return link?.CallAsync(admitted.Payload, cancellationToken);
    }

    private bool TryEnter(out DecoderLink? link, out TimeSpan retryAfter)
    {
        lock (_gate)
        {
            link = _link is { State.IsFinal: false } ? _link : null;
            var refused = link is null ? null : _estimate.Refuse(Load(link.State));
            retryAfter = refused ?? TimeSpan.Zero;
            if (link is null || refused is not null)
            {
                return false;
            }

            _waiting++;
            return true;
        }
    }

    private void Began(Stay stay, Started started)
    {
        lock (_gate)
        {
            if (stay.HasLeft)
            {
                return;
            }

            (stay.Blocks, stay.Since) = (started.KvBlocks, time.GetTimestamp());
            _waiting--;
            _active++;
            _blocks += started.KvBlocks;
        }
    }

    private void Leave(Stay stay)
    {
        lock (_gate)
        {
            stay.HasLeft = true;
            if (stay.Since is { } since)
            {
                _active--;
                _blocks -= stay.Blocks;
                _estimate.Served(time.GetElapsedTime(since), stay.Blocks);
            }
            else
            {
                _waiting--;
            }
        }
    }

    // Our own count, not the heartbeat's: that one is up to a quarter of a second old, and admission is decided now.
    private ReplicaLoad Load(DecoderState? state)
    {
        var all = state?.Ready?.KvBlocks ?? 0;
        return new ReplicaLoad(_waiting, _active, Math.Max(0, all - _blocks), MostActive);
    }

    private ReplicaAbilities Abilities(DecoderState state, Ready ready) => new()
    {
        Decoder = $"{identity.Node}-{state.Hello?.Pid ?? 0}-{state.Losses}",
        // A simulated decoder has no libraries; a record needs an id all the same.
        RuntimeDigest = ready.RuntimeDigest.Length > 0
            ? ready.RuntimeDigest
            : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ready.Runtime))),
        CpuClass = ready.CpuClass,
        ContextTokens = ready.ContextTokens,
        KvBlocks = ready.KvBlocks,
        KvBlockTokens = ready.KvBlockTokens,
        Grammar = ready.Capabilities?.Grammar ?? false,
        Logprobs = ready.Capabilities?.Logprobs ?? false,
        MaxTopLogprobs = ready.Capabilities?.MaxTopLogprobs ?? 0,
        ChatTemplate = ready.Capabilities?.ChatTemplate ?? false,
    };

    private static Finished Refused(Submit submit, TimeSpan retryAfter) => new()
    {
        Turn = submit.Turn,
        Reason = Finished.Types.Reason.Refused,
        Problem = Errors.Queue.With($"The replica's queue is full; try again in {Math.Ceiling(retryAfter.TotalSeconds):0} s."),
    };

    private void Change(Action change)
    {
        lock (_gate)
        {
            change();
        }

        changed();
    }

    /// <summary>What one turn holds.</summary>
    private sealed class Stay
    {
        /// <summary>Null while it waits.</summary>
        public long? Since { get; set; }

        public int Blocks { get; set; }

        /// <summary>It was given up while it was still being read.</summary>
        public bool HasLeft { get; set; }
    }
}
