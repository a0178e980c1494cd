using Bailiwick.Evidence;
using Bailiwick.Silo.Hosting;
using Npgsql;

namespace Bailiwick.Silo.Shards;

/// <summary>The tables `replicas` and `drains` (Cluster/Sql/0005-models.sql), and `entries` (0008-entries.sql).</summary>
internal sealed class DesiredReplicas(string connectionString) : IDesiredReplicas, IDrains, IPackSource, IAsyncDisposable
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

    public async Task KeepEntryAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        await using var command = _source.CreateCommand(
            "INSERT INTO entries (digest, content) VALUES (encode(sha256($1), 'hex'), $1) ON CONFLICT DO NOTHING");
        command.Parameters.AddWithValue(content.ToArray());
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public string Folder => PackNames.Models;

    public async Task<IReadOnlyList<PackDocument>> DocumentsAsync(CancellationToken cancellationToken)
    {
        await using var command = _source.CreateCommand("SELECT content FROM entries ORDER BY since, digest");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var entries = new List<PackDocument>();
        while (await reader.ReadAsync(cancellationToken))
        {
            entries.Add(new PackDocument("json", reader.GetFieldValue<byte[]>(0)));
        }

        return entries;
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
