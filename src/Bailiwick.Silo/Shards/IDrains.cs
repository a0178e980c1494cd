namespace Bailiwick.Silo.Shards;

/// <summary>Which nodes take no new turns. Survives restarts; every gateway and worker sees a change within seconds.</summary>
internal interface IDrains
{
    Task SetAsync(string zone, string node, bool draining, CancellationToken cancellationToken);
}
