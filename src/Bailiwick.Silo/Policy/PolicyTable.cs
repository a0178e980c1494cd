using Bailiwick.Evidence;
using Bailiwick.Silo.Hosting;
using Npgsql;

namespace Bailiwick.Silo.Policy;

/// <summary>The table `policies`: every policy that was ever in force here.</summary>
internal sealed class PolicyTable(NpgsqlDataSource application) : IPackSource
{
    public string Folder => PackNames.Policies;

    /// <summary>Bytes of the policy with the highest epoch; null = none yet.</summary>
    public async Task<byte[]?> NewestAsync(CancellationToken cancellationToken)
    {
        await using var command = application.CreateCommand("SELECT content FROM policies ORDER BY epoch DESC LIMIT 1");
        return (byte[]?)await command.ExecuteScalarAsync(cancellationToken);
    }

    /// <summary>All of them, oldest first.</summary>
    public async Task<IReadOnlyList<PackDocument>> DocumentsAsync(CancellationToken cancellationToken)
    {
        await using var command = application.CreateCommand("SELECT content FROM policies ORDER BY epoch");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var found = new List<PackDocument>();
        while (await reader.ReadAsync(cancellationToken))
        {
            found.Add(new PackDocument("yaml", reader.GetFieldValue<byte[]>(0)));
        }

        return found;
    }

    /// <summary>Keeps a policy; false where its epoch is taken already (another activation of the grain was first).</summary>
    public async Task<bool> AddAsync(long epoch, string digest, byte[] content, CancellationToken cancellationToken)
    {
        await using var command = application.CreateCommand(
            "INSERT INTO policies (epoch, digest, content) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING");
        command.Parameters.Add(new() { Value = epoch });
        command.Parameters.Add(new() { Value = digest });
        command.Parameters.Add(new() { Value = content });
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }
}
