using Bailiwick.Models.Catalogue;

namespace Bailiwick.Models.Import;

/// <summary>One import at a time writes a store. The lock is the operating system's: it goes with the process that
/// held it.</summary>
internal static class StoreLock
{
    private const string FileName = "import.lock";
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Waits until the store is free, holds it, and removes what an interrupted import left.</summary>
    public static async Task<IDisposable> AcquireAsync(ModelStore store, IProgress<ImportProgress> progress, CancellationToken cancel)
    {
        Directory.CreateDirectory(store.Root);
        var path = Path.Combine(store.Root, FileName);
        while (true)
        {
            if (TryOpen(path) is { } held)
            {
                if (Directory.Exists(store.Building)) Directory.Delete(store.Building, recursive: true);
                return held;
            }

            progress.Report(new ImportProgress(ImportPhase.Waiting, 0, 0));
            await Task.Delay(Pause, TimeProvider.System, cancel).ConfigureAwait(false);
        }
    }

    private static FileStream? TryOpen(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(path))
        {
            return null;
        }
    }
}
