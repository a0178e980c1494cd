using Bailiwick.Residency;
using Npgsql;

namespace Bailiwick.Silo.Api.Auth;

/// <summary>Keys in table `api_keys` (0004-api-keys.sql), by the application's login.</summary>
internal sealed class KeyStore(NpgsqlDataSource database) : IKeyStore
{
    private const string Columns = "id, name, jurisdiction, class, purpose, tenant, scopes, created, expires, revoked";

    public async Task AddAsync(MintedKey minted, CancellationToken cancellationToken)
    {
        var key = minted.Key;
        await using var command = database.CreateCommand(
            "INSERT INTO api_keys (id, name, hash, jurisdiction, class, purpose, tenant, scopes, created, expires) "
            + "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)");
        foreach (var value in new object[]
        {
            key.Id, key.Name, minted.Hash, key.Label.Jurisdiction!, key.Label.Class!, key.Label.Purpose!, key.Label.Tenant!,
            key.Scopes.ToArray(), key.Created, key.Expires,
        })
        {
            command.Parameters.AddWithValue(value);
        }

        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public async Task<IReadOnlyList<ApiKey>> ListAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"SELECT {Columns} FROM api_keys ORDER BY created, id");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var keys = new List<ApiKey>();
        while (await reader.ReadAsync(cancellationToken))
        {
            keys.Add(Read(reader));
        }

        return keys;
    }

    public async Task<bool> RevokeAsync(string id, DateTimeOffset at, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("UPDATE api_keys SET revoked = coalesce(revoked, $2) WHERE id = $1");
        command.Parameters.AddWithValue(id);
        command.Parameters.AddWithValue(at);
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    public async Task<IReadOnlyList<(ApiKey Key, byte[] Hash)>> ListUsableAsync(DateTimeOffset at, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"SELECT {Columns}, hash FROM api_keys WHERE revoked IS NULL AND expires > $1");
        command.Parameters.AddWithValue(at);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var keys = new List<(ApiKey, byte[])>();
        while (await reader.ReadAsync(cancellationToken))
        {
            keys.Add((Read(reader), reader.GetFieldValue<byte[]>(10)));
        }

        return keys;
    }

    private static ApiKey Read(NpgsqlDataReader reader) => new(
        reader.GetString(0),
        reader.GetString(1),
        new Label(reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetString(5)),
        reader.GetFieldValue<string[]>(6),
        reader.GetFieldValue<DateTimeOffset>(7),
        reader.GetFieldValue<DateTimeOffset>(8),
        reader.IsDBNull(9) ? null : reader.GetFieldValue<DateTimeOffset>(9));
}
