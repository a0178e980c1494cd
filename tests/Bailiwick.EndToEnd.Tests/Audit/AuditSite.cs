using Bailiwick.EndToEnd.Tests.Silo;
using Bailiwick.Evidence;
using Bailiwick.Evidence.Storage;
using Bailiwick.Silo.Audit;
using Bailiwick.Silo.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Bailiwick.EndToEnd.Tests.Audit;

/// <summary>A private PostgreSQL of the audit tests: they stop it, restore it and set its log back.</summary>
public sealed class AuditSite : IAsyncLifetime, IDisposable
{
    private readonly ILoggerFactory _logs;
    private int _number;

    public AuditSite()
    {
        Lines = new LogLines();
        _logs = LoggerFactory.Create(logging => logging.AddProvider(Lines));
    }

    /// <summary>What the parts under test logged.</summary>
    internal LogLines Lines { get; }

    public SiteFixture Site { get; } = new();

    internal SigningKey Key { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await Site.InitializeAsync();
        Assert.True(KeyFile.TryRead(Site.At("log.key"), out var key, out var fault), fault?.ToString());
        Key = key;
    }

    public Task DisposeAsync() => Site.DisposeAsync();

    public void Dispose()
    {
        Key?.Dispose();
        _logs.Dispose();
    }

    /// <summary>An empty log, and a folder that no earlier test used.</summary>
    internal async Task<string> BeginAsync()
    {
        await ExecuteAsync("""
            TRUNCATE positions, records RESTART IDENTITY;
            TRUNCATE tiles, checkpoints;
            UPDATE head SET size = 0, root = sha256(''), xid = '0', record = 0, edge = '';
            """);
        Lines.Clear();
        return Site.At("test-" + Interlocked.Increment(ref _number));
    }

    /// <summary>As the schema's owner.</summary>
    internal async Task ExecuteAsync(string sql)
    {
        await using var command = Site.Owner.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    internal async Task<T> AskAsync<T>(string sql)
    {
        await using var command = Site.Owner.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    internal NpgsqlDataSource Login(string duty) => NpgsqlDataSource.Create(Site.Connection(duty));

    /// <summary>Stops PostgreSQL and starts it again.</summary>
    internal async Task RestartAsync()
    {
        await Site.ClusterAsync("stop");
        await StartAsync();
    }

    internal async Task StartAsync()
    {
        await Site.ClusterAsync("start");
        // What is pooled is broken.
        Site.Owner.Clear();
    }

    /// <summary>A started intake; the caller stops it.</summary>
    internal async Task<Intake> StartIntakeAsync(string folder, string silo = "local-1/n1")
    {
        var intake = new Intake(
            Site.Connection("intake"), Path.Combine(folder, silo.Replace('/', '-'), "spool"), silo, TimeProvider.System, _logs.CreateLogger<Intake>());
        await intake.StartAsync(CancellationToken.None);
        return intake;
    }

    /// <summary>A sequencer that runs when it is told to, or when it is started.</summary>
    internal Sequencer Sequencer(string folder) => new(
        Site.Connection("sequencer"), new LogModel(SiteFixture.LogOrigin, Key, Path.Combine(folder, "published")), TimeProvider.System,
        _logs.CreateLogger<Sequencer>());

    internal PackExport Export(string folder, EvidenceReader reader, IIntake intake) => new(
        Path.Combine(folder, "export"), Key, reader, intake, [new Documents(PackNames.Policies, "yaml"), new Documents(PackNames.Models, "json")],
        _logs.CreateLogger<PackExport>());

    /// <summary>One document of each kind.</summary>
    private sealed record Documents(string Folder, string Extension) : IPackSource
    {
        public Task<IReadOnlyList<PackDocument>> DocumentsAsync(CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<PackDocument>>([new PackDocument(Extension, "epoch: 7\n"u8.ToArray())]);
    }

    internal TrustPolicy Trust => TrustPolicy.Of([Key.Key], [], 0);
}

[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AuditCollection : ICollectionFixture<AuditSite>
{
    public const string Name = "Audit";
}
