using System.Collections.Frozen;
using System.Net.Sockets;
using System.Security.Cryptography;
using Bailiwick.Silo.Hosting;
using Npgsql;

namespace Bailiwick.Silo.Api.Auth;

/// <summary>
/// The usable keys, in memory. Read as a whole twice a second: there are few, and a whole read cannot miss one that was committed
/// late, as reading what is new since the last one can.
/// </summary>
/// <remarks>
/// While PostgreSQL is away it goes on with the keys that it knows. A key that is revoked meanwhile opens nothing: revoking writes
/// to PostgreSQL, and so does the intent of every turn, without which no token leaves. Refusing everyone would only hide the true
/// answer (503) behind a wrong one (401).
/// </remarks>
internal sealed class Keyring(IKeyStore store, TimeProvider time, ILogger<Keyring> log) : BackgroundService, IKeyring
{
    /// <summary>Half of the second within which a revoked key is gone.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly PeriodicTimer _timer = new(Interval, time);
    private FrozenDictionary<ulong, Entry> _keys = FrozenDictionary<ulong, Entry>.Empty;

    public ApiKey? Find(string secret)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        return KeySecret.TryRead(secret, out var id, hash)
            && Volatile.Read(ref _keys).TryGetValue(id, out var entry)
            && CryptographicOperations.FixedTimeEquals(hash, entry.Hash)
            && entry.Key.Expires > time.GetUtcNow()
            ? entry.Key
            : null;
    }

    public bool Knows(string id) => KeySecret.TryParseId(id, out var number) && Volatile.Read(ref _keys).ContainsKey(number);

    /// <summary>A gateway that never read its keys would refuse everyone: it does not start.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await ReadAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _timer.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var away = false;
        while (await _timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await ReadAsync(stoppingToken);
                if (away)
                {
                    log.KeysReadAgain();
                    away = false;
                }
            }
            catch (Exception problem) when (problem is NpgsqlException or SocketException or TimeoutException)
            {
                if (!away)
                {
                    log.KeysNotRead(ProblemPlace.Of(problem));
                    away = true;
                }
            }
        }
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        var keys = new Dictionary<ulong, Entry>();
        foreach (var (key, hash) in await store.ListUsableAsync(time.GetUtcNow(), cancellationToken))
        {
            if (KeySecret.TryParseId(key.Id, out var id))
            {
                keys[id] = new Entry(key, hash);
            }
        }

        Volatile.Write(ref _keys, keys.ToFrozenDictionary());
    }

    private sealed record Entry(ApiKey Key, byte[] Hash);
}
