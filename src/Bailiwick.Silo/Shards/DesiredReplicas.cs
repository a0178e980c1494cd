using Npgsql;

namespace Bailiwick.Silo.Shards;

/// <summary>The tables `replicas` and `drains` (Cluster/Sql/0005-models.sql).</summary>
internal sealed class DesiredReplicas(string connectionString) : IDesiredReplicas, IDrains, IAsyncDisposable
{
    private readonly NpgsqlDataSource _source = NpgsqlDataSource.Create(connectionString);

    public async Task<IReadOnlyList<string>> ModelsAsync(CancellationToken cancellationToken)
    {
        await using var command = _source.CreateCommand("SELECT DISTINCT model FROM replicas ORDER BY model");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var models = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            models.Add(reader.GetString(0));
        }

        return models;
    }

    public async Task StateAsync(NodeName node, IReadOnlyDictionary<string, string> sources, CancellationToken cancellationToken)
    {
        // One statement, so that no other silo sees the node without its models.
        await using var command = _source.CreateCommand("""
            WITH stated AS (
                INSERT INTO replicas (model, zone, node, source)
                SELECT model, $1, $2, source FROM unnest($3::text[], $4::text[]) AS wanted (model, source)
                ON CONFLICT (model, zone, node) DO UPDATE SET source = excluded.source)
            DELETE FROM replicas WHERE zone = $1 AND node = $2 AND model <> ALL ($3::text[])
            """);
        command.Parameters.AddWithValue(node.Zone);
        command.Parameters.AddWithValue(node.Node);
        command.Parameters.AddWithValue(sources.Keys.ToArray());
        command.Parameters.AddWithValue(sources.Values.ToArray());
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public async Task<IReadOnlySet<NodeName>> DrainsAsync(CancellationToken cancellationToken)
    {
        await using var command = _source.CreateCommand("SELECT zone, node FROM drains");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var drains = new HashSet<NodeName>();
        while (await reader.ReadAsync(cancellationToken))
        {
            drains.Add(new NodeName(reader.GetString(0), reader.GetString(1)));
        }

        return drains;
    }

    public async Task SetAsync(string zone, string node, bool draining, CancellationToken cancellationToken)
    {
        await using var command = _source.CreateCommand(draining
            ? "INSERT INTO drains (zone, node) VALUES ($1, $2) ON CONFLICT DO NOTHING"
            : "DELETE FROM drains WHERE zone = $1 AND node = $2");
        command.Parameters.AddWithValue(zone);
        command.Parameters.AddWithValue(node);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();
}
