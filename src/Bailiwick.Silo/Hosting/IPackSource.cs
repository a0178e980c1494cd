using Bailiwick.Evidence;

namespace Bailiwick.Silo.Hosting;

/// <summary>Documents that a feature adds to an evidence pack, since records name them by their digest.</summary>
internal interface IPackSource
{
    /// <summary>Where they lie in the pack: <see cref="PackNames.Policies"/> or <see cref="PackNames.Models"/>.</summary>
    string Folder { get; }

    /// <summary>All of them, older ones too.</summary>
    Task<IReadOnlyList<PackDocument>> DocumentsAsync(CancellationToken cancellationToken);
}
