using System.Security.Cryptography;
using Bailiwick.Residency;
using Bailiwick.Residency.Loading;
using Bailiwick.Residency.Policies;
using Bailiwick.Silo.Api.Auth;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace Bailiwick.Tests.Silo.Api;

/// <summary>Secrets, their look-up, and which keys may be made.</summary>
public sealed class KeyTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly Vocabulary Words =
        PolicyLoader.Load(File.ReadAllBytes(Repository.Fixture("residency", "sample.yaml"))).Policy!.Vocabulary;

    private readonly FakeTimeProvider _time = new(Start);
    private readonly ScriptedKeyStore _store = new();

    [Fact]
    public void Rules_OfAWrongField_NameItAlone()
    {
        (string Field, NewKey Asked)[] wrong =
        [
            ("name", Asked() with { Name = "" }),
            ("name", Asked() with { Name = new string('a', 65) }),
            ("name", Asked() with { Name = "No Spaces" }),
            ("jurisdiction", Asked() with { Label = new("mars", "public", "service-provision", "quick-start") }),
            ("class", Asked() with { Label = new("local", "", "service-provision", "quick-start") }),
            ("purpose", Asked() with { Label = new("local", "public", "fun", "quick-start") }),
            ("tenant", Asked() with { Label = new("local", "public", "service-provision", "Quick-Start") }),
            ("scopes", Asked() with { Scopes = [] }),
            ("scopes", Asked() with { Scopes = ["root"] }),
            ("scopes", Asked() with { Scopes = ["audit", "audit"] }),
            ("expires", Asked() with { Expires = Start }),
            ("expires", Asked() with { Expires = Start.AddYears(1).AddSeconds(1) }),
        ];
        Assert.All(wrong, entry => Assert.Equal([entry.Field], KeyRules.Check(entry.Asked, Words, Start).Select(fault => fault.Field)));
    }

    [Fact]
    public void Rules_OfAGoodKey_FindNothing() =>
        Assert.Empty(KeyRules.Check(Asked() with { Scopes = [.. Scopes.All], Expires = Start.AddYears(1) }, Words, Start));

    [Fact]
    public void Rules_OfALabelOutsideItsTenantsHome_NameTheJurisdiction()
    {
        var words = new Vocabulary(
            [new Jurisdiction("world", "World", null), new Jurisdiction("north", "North", "world"), new Jurisdiction("south", "South", "world")],
            ["public", "internal"], [], ["work"], [new Tenant("team", "north", null)]);

        var faults = KeyRules.Check(Asked() with { Label = new("south", "public", "work", "team") }, words, Start);

        Assert.Equal("jurisdiction", Assert.Single(faults).Field);
        Assert.Empty(KeyRules.Check(Asked() with { Label = new("north", "public", "work", "team") }, words, Start));
    }

    [Fact]
    public void Mint_OfKnownChance_GivesTheDocumentedForm()
    {
        var minted = new KeyMint(new CountingChance(), _time).Make(Asked());

        Assert.Equal("k-0001020304050607", minted.Key.Id);
        Assert.Equal("bwk_0001020304050607_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", minted.Secret);
        Assert.Equal(SHA256.HashData([.. Enumerable.Range(0, 32).Select(value => (byte)value)]), minted.Hash);
        Assert.Equal((Start, null), (minted.Key.Created, minted.Key.Revoked));
    }

    [Fact]
    public async Task Keyring_OfAStoredKey_FindsItByItsSecretOnly()
    {
        var (keyring, minted) = await StartAsync();
        using var stopped = keyring;

        Assert.Equal(minted.Key, keyring.Find(minted.Secret));
        var swapped = minted.Secret[..^2] + (minted.Secret[^2] == 'x' ? "yA" : "xA");
        foreach (var wrong in new[]
        {
            "", "bwk_", minted.Secret + "A", minted.Secret[..^1], swapped, minted.Secret.ToUpperInvariant(), minted.Secret.Replace("bwk", "bwx", StringComparison.Ordinal),
            minted.Secret.Replace("bwk_0", "bwk_1", StringComparison.Ordinal), minted.Secret[..21] + new string('!', 43), new string('ü', 64), " " + minted.Secret[1..],
        })
        {
            Assert.Null(keyring.Find(wrong));
        }
    }

    [Fact]
    public async Task Keyring_LookUp_AllocatesNothing()
    {
        var (keyring, minted) = await StartAsync();
        using var stopped = keyring;
        keyring.Find(minted.Secret);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            keyring.Find(minted.Secret);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public async Task Keyring_OfARevokedKey_ForgetsItWithinASecond()
    {
        var (keyring, minted) = await StartAsync();
        using var stopped = keyring;
        await _store.RevokeAsync(minted.Key.Id, Start, default);

        await TickAsync();
        await TickAsync();

        Assert.True(_time.GetUtcNow() - Start <= TimeSpan.FromSeconds(1), "the promise is a second");
        Assert.Null(keyring.Find(minted.Secret));
    }

    [Fact]
    public async Task Keyring_OfAnExpiredKey_RefusesItWithoutReading()
    {
        var (keyring, minted) = await StartAsync();
        using var stopped = keyring;
        _store.Away = new NpgsqlException("away");

        _time.Advance(Asked().Expires - Start - TimeSpan.FromSeconds(1));
        Assert.NotNull(keyring.Find(minted.Secret));
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Null(keyring.Find(minted.Secret));
    }

    [Fact]
    public async Task Keyring_WhoseDatabaseIsAway_ServesWhatItKnowsAndCatchesUp()
    {
        var (keyring, minted) = await StartAsync();
        using var stopped = keyring;
        _store.Away = new NpgsqlException("away");
        await TickAsync();
        await TickAsync();
        Assert.NotNull(keyring.Find(minted.Secret));

        await _store.RevokeAsync(minted.Key.Id, Start, default);
        _store.Away = null;
        await TickAsync();
        await TickAsync();

        Assert.Null(keyring.Find(minted.Secret));
    }

    [Fact]
    public async Task Keyring_ThatCannotReadAtItsStart_DoesNotStart()
    {
        _store.Away = new NpgsqlException("away");
        using var keyring = new Keyring(_store, _time, NullLogger<Keyring>.Instance);

        await Assert.ThrowsAsync<NpgsqlException>(() => keyring.StartAsync(default));
    }

    private static NewKey Asked() => new("first", new Label("local", "public", "service-provision", "quick-start"), ["inference"], Start.AddDays(30));

    private async Task<(Keyring Keyring, MintedKey Minted)> StartAsync()
    {
        var minted = new KeyMint(new CountingChance(), _time).Make(Asked());
        await _store.AddAsync(minted, default);
        var keyring = new Keyring(_store, _time, NullLogger<Keyring>.Instance);
        await keyring.StartAsync(default);
        return (keyring, minted);
    }

    /// <summary>Moves time on by one interval until the loop, which arms its timer when it gets to it, has read again.</summary>
    private async Task TickAsync()
    {
        var reads = _store.Reads;
        _time.Advance(TimeSpan.FromMilliseconds(500));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (_store.Reads == reads)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, patience.Token);
        }
    }

    /// <summary>0, 1, 2, ... for each question.</summary>
    private sealed class CountingChance : IChance
    {
        public void Fill(Span<byte> bytes)
        {
            for (var i = 0; i < bytes.Length; i++)
            {
                bytes[i] = (byte)i;
            }
        }
    }
}
