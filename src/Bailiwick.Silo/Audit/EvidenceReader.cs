using Bailiwick.Evidence;
using Npgsql;

namespace Bailiwick.Silo.Audit;

/// <summary>A record and its place.</summary>
/// <param name="Leaf">Stored bytes.</param>
/// <param name="Tenant">Whose it is; a record about an intent belongs to the intent's tenant. Null = nobody's.</param>
/// <param name="Index">Place in the tree; null while it is not sequenced.</param>
internal sealed record FoundRecord(byte[] Leaf, string? Tenant, ulong? Index);

/// <summary>Reads the log for those who check it, by the auditor's login.</summary>
internal sealed class EvidenceReader : IAsyncDisposable
{
    private readonly NpgsqlDataSource _source;

    /// <param name="connectionString">Login that reads records, tiles and heads.</param>
    public EvidenceReader(string connectionString)
    {
        _source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { MaxPoolSize = 8 });
        Tiles = new PgTileStore(_source);
    }

    /// <summary>Tiles and entries of the log.</summary>
    public ITileStore Tiles { get; }

    /// <summary>The record of a leaf hash; null where there is none.</summary>
    /// <exception cref="NpgsqlException">PostgreSQL is away.</exception>
    public async Task<FoundRecord?> FindAsync(TreeHash hash, CancellationToken cancellationToken)
    {
        await using var command = _source.CreateCommand("""
            SELECT found.leaf, coalesce(found.tenant, intent.tenant), leaf_index
            FROM records found
            LEFT JOIN records intent ON intent.hash = found.intent
            LEFT JOIN positions ON positions.record = found.id
            WHERE found.hash = $1
            """);
        command.Parameters.AddWithValue(hash.AsSpan().ToArray());
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new FoundRecord(
                reader.GetFieldValue<byte[]>(0),
                await reader.IsDBNullAsync(1, cancellationToken) ? null : reader.GetString(1),
                await reader.IsDBNullAsync(2, cancellationToken) ? null : (ulong)reader.GetInt64(2))
            : null;
    }

    /// <summary>The latest signed checkpoint; null where none was signed yet.</summary>
    /// <exception cref="NpgsqlException">PostgreSQL is away.</exception>
    public Task<byte[]?> CheckpointAsync(CancellationToken cancellationToken) => CheckpointTable.LatestAsync(_source, cancellationToken);

    /// <summary>A proof that stands alone (C2SP tlog-proof) by the latest checkpoint; null while none covers the place.</summary>
    /// <exception cref="NpgsqlException">PostgreSQL is away.</exception>
    /// <exception cref="EvidenceMissingException">The tree in PostgreSQL is damaged.</exception>
    public async Task<byte[]?> ProofAsync(ulong index, CancellationToken cancellationToken)
    {
        if (await CheckpointAsync(cancellationToken) is not { } note || HeadOf(note) is not { } head || index >= head.Size)
        {
            return null;
        }

        var path = await new ProofBuilder(new TileNodes(Tiles, head.Size)).InclusionAsync(index, head.Size, cancellationToken);
        return new TlogProof(null, index, path, note).ToBytes();
    }

    /// <summary>Which tree a checkpoint is of. Whether it is signed is for those to check who trust a key.</summary>
    public static Checkpoint? HeadOf(byte[] note) =>
        SignedNote.TryParse(note, out var signed, out _) && Checkpoint.TryParse(signed.Text, out var head, out _) ? head : null;

    public ValueTask DisposeAsync() => _source.DisposeAsync();
}
