using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Bailiwick.Evidence;
using Bailiwick.Protocol;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Protocol.Receipts;
using Bailiwick.Residency.Loading;
using Bailiwick.Residency.Requests;
using Bailiwick.Silo.Api.Auth;
using Bailiwick.Silo.Audit;
using Bailiwick.Silo.Cluster;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Policy;
using Bailiwick.Silo.Shards;
using Bailiwick.Silo.Turns;
using Label = Bailiwick.Residency.Label;
using TurnEvent = Bailiwick.Silo.Turns.TurnEvent;

namespace Bailiwick.Tests.Silo.Api;

/// <summary>Turns that go as a test says; it sees what a door asked and whether the turn was told that nobody listens.</summary>
internal sealed class ScriptedTurns : ITurns, IKeptTurns
{
    public Func<TurnRequest, CancellationToken, IAsyncEnumerable<TurnEvent>> Script { get; set; } =
        (_, _) => throw new InvalidOperationException("No turn was expected.");

    public TurnRequest? Asked { get; private set; }

    public Caller? Caller { get; private set; }

    /// <summary>Done when a turn has ended, in whichever way.</summary>
    public TaskCompletionSource<bool> Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static TurnStarted Started { get; } = new("t-1", "tiny", new string('a', 64), 7, 5, DateTimeOffset.UnixEpoch);

    public static Receipt Receipt { get; } = new()
    {
        Log = "test.example/log", Turn = "t-1", Build = new string('a', 64), Seed = 7, Intent = new string('1', 64),
        Outcome = new string('2', 64), PromptSalt = new string('3', 64), AnswerSalt = new string('4', 64),
    };

    public static TurnTokens Tokens(params string[] texts) =>
        new([.. texts.Select((text, index) => new DecodedToken(index + 1, text, -0.5f, [], Google.Protobuf.ByteString.Empty, false))]);

    public static TurnEnded Whole { get; } = new(Length: false, Tail: "!", Stop: null, PromptTokens: 5, AnswerTokens: 2, Receipt);

    /// <summary>The events, one after the other.</summary>
    public void Play(params TurnEvent[] events) => Script = (_, _) => PlayAsync(events);

    /// <summary>Begins, then decodes nothing until it is cancelled.</summary>
    public void PlayUntilCancelled() => Script = (_, cancellationToken) => HangAsync(cancellationToken);

    public async IAsyncEnumerable<TurnEvent> RunAsync(
        TurnRequest request, Caller caller, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        (Asked, Caller) = (request, caller);
        try
        {
            await foreach (var step in Script(request, cancellationToken))
            {
                yield return step is TurnStarted started ? started with { Kept = request.Keep?.Id } : step;
            }
        }
        finally
        {
            Ended.TrySetResult(cancellationToken.IsCancellationRequested);
        }
    }

    /// <summary>What a kept turn is followed by.</summary>
    public TurnEvent[] Kept { get; set; } = [];

    public string? Followed { get; private set; }

    public IAsyncEnumerable<TurnEvent> FollowAsync(string kept, Caller caller, CancellationToken cancellationToken)
    {
        Followed = kept;
        return PlayAsync(Kept);
    }

    private static async IAsyncEnumerable<TurnEvent> PlayAsync(TurnEvent[] events)
    {
        foreach (var step in events)
        {
            await Task.Yield();
            yield return step;
        }
    }

    private static async IAsyncEnumerable<TurnEvent> HangAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return Started;
        yield return Tokens("Hel");
        var cancelled = new TaskCompletionSource();
        await using var registration = cancellationToken.Register(cancelled.SetResult);
        await cancelled.Task;
    }
}

/// <summary>A snapshot as a test made it, and text calls that count characters.</summary>
internal sealed class ScriptedShards : IShards
{
    public ReplicaSnapshot Current { get; set; } = new([Model("tiny", Replica(ReplicaPhase.Ready))]);

    /// <summary>What a text call gives; null: the replica is out of reach.</summary>
    public Func<TextCall, TextReply?> Reply { get; set; } =
        call => new TextReply { Id = { call.Tokenize.Text.Select(character => (int)character) } };

    public static Replica Replica(ReplicaPhase phase, string zone = "local-1", bool draining = false) => new()
    {
        Zone = zone, Node = "n1", Model = "tiny", Build = new string('a', 64), Phase = phase, Draining = draining,
        Reason = phase == ReplicaPhase.Failed ? "its weights are gone" : "", KvBlocksFree = 7, Active = 1, Waiting = 2,
    };

    public static ServedModel Model(string name, params Replica[] replicas) => new()
    {
        Name = name, Aliases = [name + "-alias"], Build = new string('a', 64), Family = "llama", Openness = "open-source",
        Licence = "Apache-2.0", UseRestrictions = [], PermittedZones = null, ContextTokens = 512, Entry = "", Replicas = replicas,
    };

    public IAsyncEnumerable<ShardFrame> RunAsync(
        Admitted<Submit> admitted, Replica replica, string turn, IReadOnlyList<int> emitted, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("A door runs turns, not shards.");

    public Task<TextReply?> CallAsync(Admitted<TextCall> admitted, Replica replica, CancellationToken cancellationToken) =>
        Task.FromResult(Reply(admitted.Payload));
}

/// <summary>Keys by their secrets.</summary>
internal sealed class ScriptedKeyring : IKeyring
{
    private readonly Dictionary<string, ApiKey> _keys = [];

    /// <summary>Adds a key of a label that the sample policy allows.</summary>
    /// <returns>Its secret.</returns>
    public string Add(params string[] scopes)
    {
        var secret = $"secret-{_keys.Count}";
        _keys[secret] = Key($"k-{_keys.Count:x16}", scopes);
        return secret;
    }

    public void Remove(string secret) => _keys.Remove(secret);

    public ApiKey? Find(string secret) => _keys.GetValueOrDefault(secret);

    public bool Knows(string id) => _keys.Values.Any(key => key.Id == id);

    public const string Tenant = "quick-start";

    public static ApiKey Key(string id, params string[] scopes) => new(
        id, "test", new Label("local", "public", "service-provision", Tenant), scopes, DateTimeOffset.UnixEpoch,
        DateTimeOffset.UnixEpoch.AddYears(200), null);
}

/// <summary>The sample policy, or none.</summary>
internal sealed class ScriptedBoard : IPolicyBoard
{
    private readonly Guard _guard = new(PolicyLoader.Load(File.ReadAllBytes(Repository.Fixture("residency", "sample.yaml"))).Policy!
        .InForce(DateTimeOffset.UnixEpoch.AddYears(56), []));

    public bool IsStale { get; set; }

    public bool TryGet([NotNullWhen(true)] out Guard? guard, [NotNullWhen(false)] out Refusal? refusal)
    {
        guard = IsStale ? null : _guard;
        refusal = IsStale ? new Refusal(Errors.PolicyStale, "The lease has run out.") : null;
        return guard is not null;
    }
}

/// <summary>Keeps leaves; takes none while it is away.</summary>
internal sealed class ScriptedIntake : IIntake
{
    public List<Leaf> Leaves { get; } = [];

    public bool IsAvailable { get; set; } = true;

    public ValueTask<TreeHash?> WriteAsync(Func<LeafOrigin, Leaf> make, CancellationToken cancellationToken)
    {
        if (!IsAvailable)
        {
            return new((TreeHash?)null);
        }

        var leaf = make(new LeafOrigin(DateTimeOffset.UnixEpoch, "local-1/n1", null));
        Leaves.Add(leaf);
        return new(TreeHash.From(System.Security.Cryptography.SHA256.HashData(leaf.ToBytes())));
    }

    public ValueTask<TreeHash?> CloseAsync(TreeHash intent, Func<LeafOrigin, Leaf> make, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("A door closes no turn.");
}

/// <summary>A table of keys in memory.</summary>
internal sealed class ScriptedKeyStore : IKeyStore
{
    public Dictionary<string, MintedKey> Keys { get; } = [];

    /// <summary>Thrown by every read while it is set.</summary>
    public Exception? Away { get; set; }

    public int Reads { get; private set; }

    public Task AddAsync(MintedKey minted, CancellationToken cancellationToken)
    {
        Keys.Add(minted.Key.Id, minted);
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<ApiKey>> ListAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<ApiKey>>([.. Keys.Values.Select(minted => minted.Key)]);

    public Task<bool> RevokeAsync(string id, DateTimeOffset at, CancellationToken cancellationToken)
    {
        if (!Keys.TryGetValue(id, out var minted))
        {
            return Task.FromResult(false);
        }

        Keys[id] = minted with { Key = minted.Key with { Revoked = minted.Key.Revoked ?? at } };
        return Task.FromResult(true);
    }

    public Task<IReadOnlyList<(ApiKey Key, byte[] Hash)>> ListUsableAsync(DateTimeOffset at, CancellationToken cancellationToken)
    {
        Reads++;
        return Away is null
            ? Task.FromResult<IReadOnlyList<(ApiKey, byte[])>>(
                [.. Keys.Values.Where(minted => minted.Key.Revoked is null && minted.Key.Expires > at).Select(minted => (minted.Key, minted.Hash))])
            : Task.FromException<IReadOnlyList<(ApiKey, byte[])>>(Away);
    }
}

/// <summary>Members of a cluster.</summary>
internal sealed class ScriptedNodes : INodes, IDrains
{
    public List<ClusterNode> Nodes { get; } = [];

    public List<(string Zone, string Node, bool Draining)> Drained { get; } = [];

    public Task<IReadOnlyList<ClusterNode>> ListAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<ClusterNode>>(Nodes);

    public Task SetAsync(string zone, string node, bool draining, CancellationToken cancellationToken)
    {
        Drained.Add((zone, node, draining));
        return Task.CompletedTask;
    }
}
