using System.Net;
using Bailiwick.Client;
using Bailiwick.EndToEnd.Tests.Silo;
using Bailiwick.Evidence;
using Bailiwick.Evidence.Storage;
using Bailiwick.Residency;
using Bailiwick.Silo.Api.Auth;
using Bailiwick.Silo.Api.Grpc;
using Bailiwick.Silo.Audit;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Turns;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Bailiwick.EndToEnd.Tests.Audit;

/// <summary>The audit door over a real connection: proofs by tenant, packs by scope, and what an officer does with them.</summary>
[Collection(AuditCollection.Name)]
[Trait("Category", "Audit")]
public sealed class ExportTests(AuditSite audit)
{
    private static readonly CancellationToken Never = CancellationToken.None;

    [Fact]
    public async Task Pack_TakenByTheCommand_VerifiesByOurVerifierAndByTheScript()
    {
        await using var door = await DoorAsync();
        await door.WriteTurnsAsync(300);
        var pack = Path.Combine(door.Folder, "officer");
        var key = await door.KeyFileAsync("officer");
        var vkey = Path.Combine(door.Folder, "log.vkey");
        await File.WriteAllTextAsync(vkey, audit.Key.Key + "\n");

        var (status, output, error) = await Executable.RunAsync(
            "dotnet", Executable.Cli, "audit", "export", "--server", door.Address.ToString(), "--key-file", key, "--ground",
            "file-2026-117", "--out", pack, "--trust", vkey);
        Assert.True(status == 0, output + error);
        Assert.Contains("EXPORTED", output, StringComparison.Ordinal);
        Assert.Contains("VERIFIED  test.example/log: 600 records", output, StringComparison.Ordinal);

        var report = await new PackVerifier(new DiskFolder(pack), audit.Trust).VerifyAsync([], Never);
        Assert.True(report.IsVerified, string.Join('\n', report.Faults));
        Assert.Equal((0L, 0L), (report.FindingCount, report.OpenIntents));
        var script = await Executable.RunAsync("bash", Path.Combine(pack, "verify.sh"), vkey);
        Assert.True(script.ExitCode == 0, script.Output + script.Error);
        Assert.Single(Directory.GetFiles(Path.Combine(pack, "policies")));
        Assert.Single(Directory.GetFiles(Path.Combine(pack, "models")));
        Assert.False(Directory.Exists(Path.Combine(door.Folder, "export")), "the gateway kept a copy");

        // The export is a record of the next pack, with the officer's own file number.
        Assert.Equal(
            "file-2026-117", await audit.AskAsync<string>("SELECT convert_from(leaf, 'UTF8')::jsonb ->> 'ground' FROM records WHERE kind = 'export'"));
        var into = await Executable.RunAsync(
            "dotnet", Executable.Cli, "audit", "export", "--server", door.Address.ToString(), "--key-file", key, "--out", pack);
        Assert.Equal(2, into.ExitCode);
        Assert.Contains("is not empty", into.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pack_ChangedAfterwards_IsRefusedByBoth()
    {
        await using var door = await DoorAsync();
        await door.WriteTurnsAsync(5);
        var pack = new DiskFolder(Directory.CreateDirectory(Path.Combine(door.Folder, "changed")).FullName);
        await door.ReceiveAsync("officer", pack);
        var events = Path.Combine(door.Folder, "changed", "events.jsonl");
        await File.WriteAllTextAsync(events, (await File.ReadAllTextAsync(events)).Replace("\"turn\":\"t-2\"", "\"turn\":\"t-9\"", StringComparison.Ordinal));
        Assert.False((await new PackVerifier(pack, audit.Trust).VerifyAsync([], Never)).IsVerified);
        var vkey = Path.Combine(door.Folder, "log.vkey");
        await File.WriteAllTextAsync(vkey, audit.Key.Key + "\n");
        Assert.Equal(1, (await Executable.RunAsync("bash", Path.Combine(door.Folder, "changed", "verify.sh"), vkey)).ExitCode);
    }

    [Fact]
    public async Task Export_WithoutScopeOrCredential_IsRefusedAndNotRecorded()
    {
        await using var door = await DoorAsync();
        await door.WriteTurnsAsync(1);
        foreach (var (key, expected) in new[] { ("team", StatusCode.PermissionDenied), ("nobody", StatusCode.Unauthenticated) })
        {
            var pack = new DiskFolder(Directory.CreateDirectory(Path.Combine(door.Folder, key)).FullName);
            var refusal = await Assert.ThrowsAsync<RpcException>(() => door.ReceiveAsync(key, pack));
            Assert.Equal(expected, refusal.StatusCode);
            Assert.Empty(pack.List());
        }

        Assert.Equal(0L, await audit.AskAsync<long>("SELECT count(*) FROM records WHERE kind = 'export'"));
    }

    [Theory]
    [InlineData("A reason, in words")]
    [InlineData("File-1")]
    [InlineData("file-1\n")]
    [InlineData("-")]
    [InlineData("a23456789-123456789-123456789-123456789-123456789-123456789-12345")]
    public async Task Export_GroundThatIsNoId_IsRefusedAndNotRecorded(string ground)
    {
        await using var door = await DoorAsync();
        await door.WriteTurnsAsync(1);
        var (pack, refusal) = await audit.Export(door.Folder, door.Reader, door.Intake).MakeAsync("k-1", ground, Never);

        Assert.Null(pack);
        Assert.Equal(("invalid", "ground"), (refusal!.Row.Code, refusal.Field));
        Assert.DoesNotContain(ground == "-" ? "'-'" : ground, refusal.Sentence, StringComparison.Ordinal);
        Assert.Equal(0L, await audit.AskAsync<long>("SELECT count(*) FROM records WHERE kind = 'export'"));
    }

    [Fact]
    public async Task Export_WhileAnotherRuns_IsToldToComeBack()
    {
        await using var door = await DoorAsync();
        await door.WriteTurnsAsync(1);
        var export = audit.Export(Path.Combine(door.Folder, "busy"), door.Reader, door.Intake);
        var (first, _) = await export.MakeAsync("k-1", "", Never);
        var (second, refusal) = await export.MakeAsync("k-2", "", Never);
        Assert.Null(second);
        Assert.Equal(Bailiwick.Protocol.Errors.Queue, refusal!.Row);
        first!.Dispose();
        var (third, none) = await export.MakeAsync("k-3", "", Never);
        Assert.Null(none);
        third!.Dispose();
    }

    [Fact]
    public async Task Export_ThatCannotBeRecorded_DoesNotTakePlace()
    {
        await using var door = await DoorAsync();
        await door.WriteTurnsAsync(1);
        await door.Intake.StopAsync(Never);
        var (pack, refusal) = await audit.Export(Path.Combine(door.Folder, "unrecorded"), door.Reader, door.Intake).MakeAsync("k-1", "", Never);
        Assert.Null(pack);
        Assert.Equal(Bailiwick.Protocol.Errors.AuditUnavailable, refusal!.Row);
        Assert.False(Directory.Exists(Path.Combine(door.Folder, "unrecorded", "export")));
    }

    [Fact]
    public async Task Proof_OverTheDoor_IsForItsTenantAndForAuditors()
    {
        await using var door = await DoorAsync();
        var intent = (await door.Intake.WriteAsync(origin => Leaves.Intent(origin, "t-1"), Never))!.Value;
        var outcome = (await door.Intake.CloseAsync(intent, origin => Leaves.Outcome(origin, intent), Never))!.Value;
        var unsequenced = await Assert.ThrowsAsync<RpcException>(() => door.ProofAsync("team", outcome));
        Assert.Equal(StatusCode.Unavailable, unsequenced.StatusCode);
        Assert.NotNull(unsequenced.GetRpcStatus()?.GetDetail<Google.Rpc.RetryInfo>());
        await door.Sequencer.RunOnceAsync(Never);

        foreach (var (key, hash) in new[] { ("team", intent), ("team", outcome), ("officer", outcome) })
        {
            var (leaf, bytes) = await door.ProofAsync(key, hash);
            Assert.Equal(hash, TreeHasher.Leaf(leaf.Span));
            Assert.True(TlogProof.TryParse(bytes.Span, out var proof, out var fault), fault?.ToString());
            Assert.Null(proof.Verify(hash, audit.Trust, out _));
        }

        // Another tenant's record, and none at all, are told apart by nothing.
        var foreign = await Assert.ThrowsAsync<RpcException>(() => door.ProofAsync("neighbour", outcome));
        var unknown = await Assert.ThrowsAsync<RpcException>(() => door.ProofAsync("neighbour", TreeHasher.Leaf("x"u8)));
        Assert.Equal(StatusCode.NotFound, foreign.StatusCode);
        Assert.Equal(foreign.Status, unknown.Status);
    }

    private async Task<Door> DoorAsync()
    {
        var folder = await audit.BeginAsync();
        var intake = await audit.StartIntakeAsync(folder);
        var reader = new EvidenceReader(audit.Site.Connection("auditor"));
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddRoutingCore().AddGrpc();
        builder.Services.AddSingleton<ICallerAccessor, CallersByKey>()
            .AddSingleton(reader).AddSingleton(audit.Export(folder, reader, intake))
            .AddSingleton(new LogModel(SiteFixture.LogOrigin, audit.Key, Path.Combine(folder, "published")));
        var app = builder.Build();
        app.UseRouting();
        app.MapGrpcService<AuditDoor>();
        await app.StartAsync(Never);
        return new Door(app, folder, intake, audit.Sequencer(folder), reader);
    }

    /// <summary>Keys of the test: who sends which is who.</summary>
    private sealed class CallersByKey : ICallerAccessor
    {
        public Caller? Of(HttpContext context) => context.Request.Headers.Authorization.ToString() switch
        {
            "Bearer officer" => Someone("k-officer", "office", "audit"),
            "Bearer team" => Someone("k-team", "demo", "inference"),
            "Bearer neighbour" => Someone("k-neighbour", "other", "inference"),
            _ => null,
        };

        private static Caller Someone(string key, string tenant, string scope) =>
            new(key, new Label("local", "internal", "casework", tenant), null, [scope]);
    }

    private sealed record Door(WebApplication App, string Folder, Intake Intake, Sequencer Sequencer, EvidenceReader Reader) : IAsyncDisposable
    {
        public Uri Address => new(App.Urls.Single());

        public async Task WriteTurnsAsync(int count)
        {
            await Task.WhenAll(Enumerable.Range(0, count).Select(async turn =>
            {
                var intent = (await Intake.WriteAsync(origin => Leaves.Intent(origin, $"t-{turn}"), Never))!.Value;
                await Intake.CloseAsync(intent, origin => Leaves.Outcome(origin, intent), Never);
            }));
            await Sequencer.RunOnceAsync(Never);
            Assert.Null(Sequencer.FrozenBecause);
        }

        public async Task<string> KeyFileAsync(string key)
        {
            var file = Path.Combine(Folder, key + ".key");
            await File.WriteAllTextAsync(file, key + "\n");
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            return file;
        }

        public async Task ReceiveAsync(string key, DiskFolder folder)
        {
            using var client = new EvidenceClient(Address, key);
            var files = new Dictionary<string, Stream>(StringComparer.Ordinal);
            await foreach (var piece in client.ExportAsync("file-2026-117", Never))
            {
                var file = files.TryGetValue(piece.File, out var open) ? open : files[piece.File] = folder.Create(piece.File);
                await file.WriteAsync(piece.Bytes, Never);
            }

            foreach (var file in files.Values)
            {
                await file.DisposeAsync();
            }
        }

        public async Task<(ReadOnlyMemory<byte> Leaf, ReadOnlyMemory<byte> Proof)> ProofAsync(string key, TreeHash hash)
        {
            using var client = new EvidenceClient(Address, key);
            return await client.GetProofAsync(hash, Never);
        }

        public async ValueTask DisposeAsync()
        {
            await Intake.StopAsync(Never);
            await App.DisposeAsync();
            await Reader.DisposeAsync();
        }
    }
}
