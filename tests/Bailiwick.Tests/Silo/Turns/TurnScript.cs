using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using System.Text;
using Bailiwick.Evidence;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Residency;
using Bailiwick.Residency.Loading;
using Bailiwick.Residency.Requests;
using Bailiwick.Silo.Api.Auth;
using Bailiwick.Silo.Audit;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Observation;
using Bailiwick.Silo.Policy;
using Bailiwick.Silo.Sessions;
using Bailiwick.Silo.Shards;
using Bailiwick.Silo.Turns;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using TurnEvent = Bailiwick.Silo.Turns.TurnEvent;

namespace Bailiwick.Tests.Silo.Turns;

/// <summary>A cluster on paper: each shard says what a test wrote down for it, records are kept in a list, the policy is given.</summary>
internal sealed class TurnScript : IShards, IIntake, IPolicyBoard, IFollowing, ICallerStanding
{
    public const string Policy = """
        policy: paper
        schema: 1
        epoch: 1
        title: Two countries
        vocabulary:
          classes: [public, internal]
          jurisdictions:
            - {id: eu, name: Union}
            - {id: de, name: Germany, parent: eu}
            - {id: fr, name: France, parent: eu}
          zones:
            - {id: de-1, jurisdiction: de}
          purposes: [service-provision, weapons]
          tenants:
            - {id: ministry, home: eu}
        documents:
          - id: rules
            authority: The ministry
            rules:
              - id: R-1
                effect: allow
                label: {class: public}
                destination: {kind: [silo, caller], zone: de-1, proof: contract}
                because: Public work on our own machines.
        """;

    private readonly Queue<Func<IReadOnlyList<int>, IEnumerable<ShardFrame>>> _scripts = new();
    private Guard? _guard = GuardOf(Policy);

    public ArmedTime Time { get; } = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));

    public IMeterFactory Meters { get; } =
        new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();

    private TurnInstruments Instruments => field ??= new TurnInstruments(Meters);

    /// <summary>Nodes that ran the turn, with the tokens that each was told had left.</summary>
    public List<(string Node, int[] Emitted)> Runs { get; } = [];

    public List<Leaf> Leaves { get; } = [];

    /// <summary>What turns are kept in.</summary>
    public ISessionStore Sessions { get; set; } = new NothingKept();

    public bool IsAvailable { get; set; } = true;

    /// <summary>Which records are written.</summary>
    public Func<Leaf, bool> Takes { get; set; } = _ => true;

    /// <summary>Holds every record back until it is completed.</summary>
    public Task Database { get; set; } = Task.CompletedTask;

    /// <summary>Runs between the frames of shards; for what happens in the middle of a stream.</summary>
    public Action<ShardFrame> Before { get; set; } = _ => { };

    public ReplicaSnapshot Current { get; set; } = new([Model(nodes: ["n1", "n2", "n3"])]);

    public static Caller Caller { get; } = new(
        "k-0123456789abcdef", new Label("de", "public", "service-provision", "ministry"), Place.In("de-1", Proof.Contract), ["inference"]);

    public static byte[] Prompt => Encoding.UTF8.GetBytes("Good day");

    public static ServedModel Model(params string[] nodes) => new()
    {
        Name = "small",
        Aliases = ["tiny"],
        Build = new string('a', 64),
        Family = "llama",
        Openness = "open-weights-permissive",
        Licence = "Apache-2.0",
        UseRestrictions = ["weapons"],
        PermittedZones = null,
        ContextTokens = 2048,
        Entry = "",
        Replicas = [.. nodes.Select(Replica)],
    };

    public static Replica Replica(string node) => new()
    {
        Zone = "de-1",
        Node = node,
        Model = "small",
        Build = new string('a', 64),
        Phase = ReplicaPhase.Ready,
        KvBlocksFree = 100,
        Abilities = new ReplicaAbilities
        {
            Decoder = node + "-1",
            RuntimeDigest = new string('b', 64),
            CpuClass = "vendor 6/85 avx512",
            ContextTokens = 2048,
            KvBlocks = 100,
            KvBlockTokens = 16,
            Grammar = true,
            Logprobs = true,
            MaxTopLogprobs = 20,
            ChatTemplate = true,
        },
    };

    private static readonly TurnLimits NoLimits = new([]);

    public TurnLimits Limits { get; set; } = NoLimits;

    public static TurnRequest Request(string model = "small", RequestedLabel? raise = null) =>
        new(model, new Submit { Text = "Good day", MaxTokens = 16 }, Prompt, raise, SeedGiven: false);

    public static RequestedLabel Raise(string field, string value) => new(new Dictionary<string, string?> { [field] = value });

    public static Guard GuardOf(string policy) =>
        new(PolicyLoader.Load(Encoding.UTF8.GetBytes(policy)).Policy!.InForce(DateTimeOffset.UnixEpoch, []));

    public static ShardFrame Started(int promptTokens = 3) => ShardFrame.Of(new Started { PromptTokens = promptTokens, KvBlocks = 1 });

    public static ShardFrame Tokens(int first, params string[] texts) =>
        ShardFrame.Of([.. texts.Select((text, i) => new DecodedToken(first + i, text, 0, [], ByteString.Empty, false))]);

    public static ShardFrame Stop(int answerTokens, string tail = "") => ShardFrame.Of(
        new Finished { Reason = Finished.Types.Reason.Stop, PromptTokens = 3, AnswerTokens = answerTokens, Tail = tail });

    public static ShardFrame Refused(string code, string sentence) => ShardFrame.Of(
        new Finished { Reason = Finished.Types.Reason.Refused, Problem = new Problem { Code = code, Sentence = sentence } });

    /// <summary>What the next shard that is asked says.</summary>
    public TurnScript Then(params ShardFrame[] frames) => Then(_ => frames);

    public TurnScript Then(Func<IReadOnlyList<int>, IEnumerable<ShardFrame>> frames)
    {
        _scripts.Enqueue(frames);
        return this;
    }

    /// <summary>Names of callers that are revoked.</summary>
    public HashSet<string> Revoked { get; } = [];

    public Refusal? Fault(Caller caller) =>
        caller.Proofs.Any(Revoked.Contains) ? new Refusal(Bailiwick.Protocol.Errors.Unauthenticated, "Revoked.") : null;

    public void SetPolicy(string? policy) => _guard = policy is null ? null : GuardOf(policy);

    public IAsyncEnumerable<TurnEvent> RunAsync(TurnRequest request, CancellationToken cancellationToken) =>
        RunAsync(request, Caller, cancellationToken);

    private IAsyncEnumerable<TurnEvent> RunAsync(TurnRequest request, Caller caller, CancellationToken cancellationToken) =>
        Turns(new LastAnswer(Time)).RunAsync(request, caller, cancellationToken);

    public static Boundary Boundary { get; } = new("paper", "de", new Dictionary<string, string> { ["fr"] = "cluster.example.fr" });

    public Bailiwick.Silo.Turns.Turns Turns(LastAnswer last) => new(
        new TurnServices(this, this, this, this, Sessions, Running, Boundary, "paper/log", () => 42, Time, Instruments, NullLogger<Turn>.Instance), this, Limits, last);

    /// <summary>Kept turns while they run.</summary>
    public RunningTurns Running => field ??= new RunningTurns(Time);

    /// <summary>There is one gateway.</summary>
    public ReadRunning Open(StoredTurn turn, SessionReader reader)
    {
        var own = Running.Find(turn.Id);
        return (from, cancellationToken) => own?.ReadAsync(from, Time, cancellationToken) ?? Task.FromResult<TurnSoFar?>(null);
    }

    /// <summary>Kept turns.</summary>
    public IKeptTurns Kept => Turns(new LastAnswer(Time));

    public async Task<List<TurnEvent>> RunAsync(TurnRequest request, Caller? caller = null)
    {
        var events = new List<TurnEvent>();
        await foreach (var happened in RunAsync(request, caller ?? Caller, CancellationToken.None))
        {
            events.Add(happened);
        }

        return events;
    }

    public async IAsyncEnumerable<ShardFrame> RunAsync(
        Admitted<Submit> admitted, Replica replica, string turn, IReadOnlyList<int> emitted,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Runs.Add((replica.Node, [.. emitted]));
        foreach (var frame in _scripts.Dequeue()(emitted))
        {
            await Task.Yield();
            Before(frame);
            yield return cancellationToken.IsCancellationRequested
                ? ShardFrame.Of(new Finished { Reason = Finished.Types.Reason.Cancelled })
                : frame;
        }
    }

    /// <summary>What a decoder answers to a text call; null = it is out of reach.</summary>
    public Func<TextCall, TextReply?> Text { get; set; } = _ => null;

    public Task<TextReply?> CallAsync(Admitted<TextCall> admitted, Replica replica, CancellationToken cancellationToken) =>
        Task.FromResult(Text(admitted.Payload));

    public async ValueTask<TreeHash?> WriteAsync(Func<LeafOrigin, Leaf> make, CancellationToken cancellationToken)
    {
        await Database;
        return IsAvailable && Takes(make(new LeafOrigin(Time.GetUtcNow(), "paper/n0", null))) ? Keep(make) : null;
    }

    public ValueTask<TreeHash?> CloseAsync(TreeHash intent, Func<LeafOrigin, Leaf> make, CancellationToken cancellationToken) =>
        ValueTask.FromResult<TreeHash?>(Keep(make));

    public bool TryGet([NotNullWhen(true)] out Guard? guard, [NotNullWhen(false)] out Refusal? refusal)
    {
        guard = _guard;
        refusal = guard is null ? new Refusal(Bailiwick.Protocol.Errors.PolicyStale, "No policy.") : null;
        return guard is not null;
    }

    private TreeHash Keep(Func<LeafOrigin, Leaf> make)
    {
        var bytes = make(new LeafOrigin(Time.GetUtcNow(), "paper/n0", null)).ToBytes();
        Assert.True(Leaf.TryParse(bytes, out var leaf, out var fault), fault?.ToString());
        Leaves.Add(leaf);
        return TreeHasher.Leaf(bytes);
    }
}
