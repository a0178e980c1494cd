using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Bailiwick.Client;
using Bailiwick.EndToEnd.Tests.Silo;
using Bailiwick.Protocol.Inference.V1;
using Bailiwick.Silo.Api.Auth;
using Npgsql;

namespace Bailiwick.EndToEnd.Tests.BadInput;

/// <summary>One silo with a real decoder and both doors, for tests that send it what no client should.</summary>
public sealed class BadInputSite : IAsyncLifetime
{
    public const string Model = "smollm2-135m-instruct";

    /// <summary>A loaded machine is slow; nothing here measures.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static readonly HttpClient Web = new() { Timeout = Patience };
    private readonly SiteFixture _site = new();
    private SiloProcess? _silo;

    public Uri Http { get; private set; } = null!;

    public Uri Grpc { get; private set; } = null!;

    /// <summary>Secret of a key of scope inference.</summary>
    public string Key { get; private set; } = "";

    internal BailiwickClient Client { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await _site.InitializeAsync();
        var setup = new SiloSetup("bad-input", "b1")
        {
            Grpc = SiteFixture.FreePort(),
            Http = SiteFixture.FreePort(),
            Models = [Path.Combine(Checkout.Root, "models", Model)],
            // Shared by all runs on this machine: imported once.
            Store = CommandLine.Store,
            KvBlocks = 1024,
        };
        (Http, Grpc) = (new Uri($"http://127.0.0.1:{setup.Http}"), new Uri($"http://127.0.0.1:{setup.Grpc}"));
        _silo = SiloProcess.Start(await _site.ConfigureAsync(setup));
        await _silo.JoinedAsync();
        Key = await KeyAsync();
        Client = new BailiwickClient(new BailiwickClientOptions { Gateways = [Grpc], Key = Key });
        await IdleAsync();
    }

    public async Task DisposeAsync()
    {
        Client?.Dispose();
        if (_silo is not null)
        {
            await _silo.DisposeAsync();
        }

        await _site.DisposeAsync();
    }

    public async Task<(int Status, JsonElement Body)> PostAsync(string path, byte[] body, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Http, path)) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key ?? Key);
        using var answer = await Web.SendAsync(request);
        using var document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return ((int)answer.StatusCode, document.RootElement.Clone());
    }

    /// <summary>A good request on each door is answered: the silo lives, and nothing of what came before holds it up.</summary>
    public async Task LivesAsync()
    {
        var body = $$"""{"model":"{{Model}}","max_tokens":2,"messages":[{"role":"user","content":"Say one word."}]}""";
        var (status, answer) = await PostAsync("/v1/chat/completions", Encoding.UTF8.GetBytes(body));
        Assert.True(status == 200, $"{status} {answer}\n{_silo?.Output}");
        await IdleAsync();
    }

    /// <summary>Waits until the replica is ready and holds nothing of any turn.</summary>
    public Task IdleAsync() => Condition.HoldsAsync("a ready and idle replica", Patience, async token =>
    {
        try
        {
            var model = (await Client.ListModelsAsync(token)).FirstOrDefault(entry => entry.Name == Model);
            return (
                model?.Replicas is [{ State: ModelState.Ready, Active: 0, Waiting: 0 } replica] && replica.KvBlocks > 0 && replica.KvBlocksFree == replica.KvBlocks,
                $"{model}\n{_silo?.Output}");
        }
        catch (BailiwickException problem)
        {
            // A new key is known within half a second.
            return (false, problem.Message);
        }
    });

    private async Task<string> KeyAsync()
    {
        var time = TimeProvider.System;
        var minted = new KeyMint(new SystemChance(), time).Make(new NewKey(
            "bad-input", new Bailiwick.Residency.Label("local", "public", "service-provision", "quick-start"), [Scopes.Inference], time.GetUtcNow().AddDays(1)));
        await using var source = NpgsqlDataSource.Create(_site.Connection("application"));
        await new KeyStore(source).AddAsync(minted, CancellationToken.None);
        return minted.Secret;
    }
}

/// <summary>One silo for all of them, one after the other: they count what it holds, and mostly wait for its doors' limits.</summary>
[CollectionDefinition(Name)]
public sealed class BadInputCollection : ICollectionFixture<BadInputSite>
{
    public const string Name = "BadInput";
}
