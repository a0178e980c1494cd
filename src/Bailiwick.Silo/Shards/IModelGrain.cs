using Orleans.Concurrency;

namespace Bailiwick.Silo.Shards;

/// <summary>What the cluster knows of one model at the moment; key: its name. On no turn's path.</summary>
[Alias("bailiwick.model")]
internal interface IModelGrain : IGrainWithStringKey
{
    /// <summary>A worker's report: the model's facts and its one replica.</summary>
    [Alias("report"), AlwaysInterleave]
    Task ReportAsync(ServedModel report, CancellationToken cancellationToken);

    /// <summary>The current view and every later one, at least one a second; a slow reader skips views.</summary>
    [Alias("watch")]
    IAsyncEnumerable<ServedModel> WatchAsync(CancellationToken cancellationToken);
}
