using System.Diagnostics.Metrics;

namespace Bailiwick.Silo.Hosting;

/// <summary>What a feature shows of itself to whoever watches the silo. Numbers and names of the configuration only, never payload.</summary>
internal interface IObserved
{
    /// <summary>Adds instruments that read the feature's state at each scrape; they must be fast and must not throw.</summary>
    void Measure(Meter meter);

    /// <summary>Why this silo should get no requests, a sentence; null where this feature has nothing against it.</summary>
    string? Unready { get; }

    /// <summary>What to know of a silo that is ready, a sentence; null where there is nothing to say.</summary>
    string? Remark => null;
}
