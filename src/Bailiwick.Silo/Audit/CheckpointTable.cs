using Npgsql;

namespace Bailiwick.Silo.Audit;

/// <summary>Signed checkpoints in PostgreSQL, where all gateways find them.</summary>
internal static class CheckpointTable
{
    /// <summary>The checkpoint of the largest tree; null where none was signed yet.</summary>
    public static Task<byte[]?> LatestAsync(NpgsqlDataSource source, CancellationToken cancellationToken) =>
        ReadAsync(source.CreateCommand("SELECT note FROM checkpoints ORDER BY size DESC LIMIT 1"), cancellationToken);

    /// <summary>The checkpoint of a tree; null where none was signed.</summary>
    public static Task<byte[]?> OfSizeAsync(NpgsqlDataSource source, ulong size, CancellationToken cancellationToken)
    {
        var command = source.CreateCommand("SELECT note FROM checkpoints WHERE size = $1");
        command.Parameters.AddWithValue((long)size);
        return ReadAsync(command, cancellationToken);
    }

    /// <summary>Keeps one, unless there is one of that size.</summary>
    public static async Task AddAsync(NpgsqlDataSource source, ulong size, byte[] note, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand("INSERT INTO checkpoints (size, note) VALUES ($1, $2) ON CONFLICT (size) DO NOTHING");
        command.Parameters.AddWithValue((long)size);
        command.Parameters.AddWithValue(note);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<byte[]?> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using (command)
        {
            return await command.ExecuteScalarAsync(cancellationToken) as byte[];
        }
    }
}
