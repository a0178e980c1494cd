using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;
using Bailiwick.EndToEnd.Tests.Silo;
using Bailiwick.Protocol;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Residency;
using Bailiwick.Residency.Loading;
using Bailiwick.Residency.Requests;
using Bailiwick.Silo.Cluster;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Policy;
using Bailiwick.Silo.Sessions;
using Bailiwick.Silo.Turns;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Orleans.Configuration;
using Orleans.Hosting;
using Label = Bailiwick.Residency.Label;

namespace Bailiwick.EndToEnd.Tests.Sessions;

/// <summary>The store as gateways use it, without turns around it: real tables, real grains in a silo of this process, real seals.</summary>
internal sealed class StoreOfTwo : IAsyncDisposable, IPolicyBoard
{
    private const string Tenant = "office";

    private const string Text = """
        policy: store
        schema: 1
        epoch: 1
        title: Two classes, of which one may be read elsewhere
        vocabulary:
          classes: [public, internal]
          jurisdictions:
            - {id: local, name: Ours}
          zones:
            - {id: local-1, jurisdiction: local}
            - {id: local-2, jurisdiction: local}
          purposes: [service-provision]
          tenants:
            - {id: office, home: local}
        documents:
          - id: rules
            authority: The office
            rules:
              - id: R-1
                effect: allow
                label: {class: [public, internal]}
                destination: {kind: [silo, caller, session-store], zone: local-1}
                because: All of it stays on our own machines.
              - id: R-2
                effect: allow
                label: {class: public}
                destination: {kind: caller, zone: local-2}
                because: What is public may be read at the other place.
        """;

    private static readonly Place Here = Place.In("local-1", Proof.Certificate);

    private readonly IHost _silo;
    private readonly NpgsqlDataSource _application;
    private readonly Guard _guard = new(PolicyLoader.Load(Encoding.UTF8.GetBytes(Text)).Policy!.InForce(DateTimeOffset.UnixEpoch, []));

    private StoreOfTwo(SiteFixture site)
    {
        _application = NpgsqlDataSource.Create(site.Connection("application"));
        Turns = new TurnTable(_application);
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.Services.AddSingleton<Microsoft.Extensions.Logging.ILoggerFactory>(NullLoggerFactory.Instance);
        builder.Services.AddSingleton(TimeProvider.System).AddSingleton(Turns);
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering(SiteFixture.FreePort(), gatewayPort: 0);
            silo.Configure<EndpointOptions>(endpoint => endpoint.AdvertisedIPAddress = IPAddress.Loopback);
            OrleansSetup.AddPlacement(silo, new SiloIdentity("local-1", "n1", SiloRoles.Gateway));
        });
        _silo = builder.Build();
    }

    public TurnTable Turns { get; }

    /// <summary>One gateway's; another one's would keep nothing else.</summary>
    public SessionStore Store { get; private set; } = null!;

    public Conversations Conversations { get; private set; } = null!;

    public IGrainFactory Grains => _silo.Services.GetRequiredService<IGrainFactory>();

    public Records Records { get; } = new();

    public static async Task<StoreOfTwo> StartAsync(SiteFixture site)
    {
        var store = new StoreOfTwo(site);
        await store._silo.StartAsync();
        Assert.True(SealingKeys.TryRead(await File.ReadAllTextAsync(site.At("sealing.keys")), out var keys, out var fault), fault);
        var model = new SessionsModel(keys, Here, TimeSpan.FromDays(90));
        var table = new ConversationTable(store._application);
        var vault = new SessionVault(new Seal(keys), NullLogger<SessionVault>.Instance);
        store.Store = new SessionStore(model, store.Turns, table, vault, store.Grains, store, TimeProvider.System);
        store.Conversations = new Conversations(model, store.Turns, table, vault, store.Grains, store, store.Records, TimeProvider.System);
        return store;
    }

    /// <summary>A reader at the place where what is public may be read, and nothing else.</summary>
    public static SessionReader Elsewhere => Reader(id: "k-3") with { Place = Place.In("local-2", Proof.Certificate) };

    /// <summary>A reader of the tenant whose credential has this class.</summary>
    public static SessionReader Reader(string kind = "public", string id = "k-1") =>
        new(id, new Label("local", kind, "service-provision", Tenant), Here);

    public async Task<string> ConversationAsync(string kind = "public")
    {
        var made = await Conversations.CreateAsync(new NewConversation(null, new Dictionary<string, string>()), Reader(kind), CancellationToken.None);
        return made.Value?.Id ?? throw new InvalidOperationException(made.Refusal!.Sentence);
    }

    public async Task<Label> LabelAsync(string id) =>
        (await Conversations.FindAsync(id, Reader("internal"), CancellationToken.None)).Value?.Label
        ?? (await Conversations.TurnAsync(id, Reader("internal"), CancellationToken.None)).Value!.Label;

    /// <summary>What a turn of this reader's would be let in under, beside what it goes on with.</summary>
    public async Task<(SessionBefore? Before, Refusal? Refusal)> LookAsync(Keeping keep)
    {
        var before = await Store.BeforeAsync(keep, Tenant, CancellationToken.None);
        return (before.Value, before.Refusal);
    }

    /// <summary>Admits as <see cref="Gate"/> does, and begins.</summary>
    public async Task<Kept<ISessionHold>> BeginAsync(Keeping keep, SessionBefore before, SessionReader reader)
    {
        var caller = new Caller(reader.KeyId, reader.Label, Here, ["inference"]);
        var submit = new Submit { Chat = new Chat(), Sampling = new Sampling { Seed = 7 } };
        var verdict = Gate.Decide(_guard, new Boundary("store", "local", new Dictionary<string, string>()), submit, null, caller, Model, new SessionFacts(before.Label, Here));
        Assert.Null(verdict.Refusal);
        return await Store.BeginAsync(
            verdict.Admitted!, new SessionBegin(keep.Id ?? SessionIds.NewTurn(), keep, null, reader.KeyId, "m@d", NewRecord(), TimeProvider.System.GetUtcNow(), before.Label), CancellationToken.None);
    }

    public async Task<ISessionHold> BegunAsync(Keeping keep, SessionReader reader)
    {
        var (before, refusal) = await LookAsync(keep);
        Assert.Null(refusal);
        var begun = await BeginAsync(keep, before!, reader);
        Assert.True(begun.Refusal is null, begun.Refusal?.Sentence);
        return begun.Value!;
    }

    /// <summary>Ends a turn with an answer.</summary>
    public static async Task AnswerAsync(ISessionHold hold)
    {
        Assert.Null(await hold.EndAsync(new SessionEnd(TurnState.Completed, Answer, null), CancellationToken.None));
        await hold.DisposeAsync();
    }

    public static Keeping Keep(string? conversation = null, string? previous = null, string? id = null, int attempt = 1) => new()
    {
        Conversation = conversation, Previous = previous, Store = true, Id = id, Attempt = attempt,
        Messages = """[{"content":"x","role":"user"}]"""u8.ToArray(),
    };

    public static KeptAnswer Answer { get; } = new([], Length: false, "answer", null, 1, DateTimeOffset.UnixEpoch, new Bailiwick.Protocol.Receipts.Receipt
    {
        Log = "test.example/log", Turn = "t-1", Build = new string('a', 64), Seed = 7, Intent = new string('1', 64), Outcome = new string('2', 64),
        PromptSalt = new string('3', 64), AnswerSalt = new string('4', 64),
    });

    public bool TryGet([NotNullWhen(true)] out Guard? guard, [NotNullWhen(false)] out Refusal? refusal)
    {
        (guard, refusal) = (_guard, null);
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        await _silo.StopAsync();
        _silo.Dispose();
        await _application.DisposeAsync();
    }

    private static string NewRecord() => "t-" + Guid.NewGuid().ToString("N");

    private static Bailiwick.Silo.Shards.ServedModel Model { get; } = new()
    {
        Name = "m", Aliases = [], Build = "d", Family = "llama", Openness = "open-source", Licence = "Apache-2.0", UseRestrictions = [],
        PermittedZones = null, ContextTokens = 512, Entry = "",
        Replicas = [new Bailiwick.Silo.Shards.Replica { Zone = "local-1", Node = "n1", Model = "m", Build = "d", Phase = Bailiwick.Silo.Shards.ReplicaPhase.Ready }],
    };
}
