using Bailiwick.Silo.Hosting;

namespace Bailiwick.Silo.Shards;

/// <summary>A pass that is made again and again until the silo stops, whatever goes wrong in one of them.</summary>
internal static class BackgroundLoop
{
    /// <param name="name">For the log.</param>
    /// <param name="pass">One pass.</param>
    /// <param name="rest">Waits until the next pass is due.</param>
    /// <param name="log">Told when passes begin to fail, and when they go well again.</param>
    /// <param name="cancellationToken">Ends the loop; it does not throw then.</param>
    public static async Task RunAsync(
        string name, Func<CancellationToken, Task> pass, Func<CancellationToken, Task> rest, ILogger log,
        CancellationToken cancellationToken)
    {
        var failed = false;
        try
        {
            while (true)
            {
                try
                {
                    await pass(cancellationToken);
                    if (failed)
                    {
                        log.LoopRecovered(name);
                    }

                    failed = false;
                }
                catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
                {
                    return;
                }
                catch (Exception problem)
                {
                    // Loop border: the next pass may go well; only the first failure in a row is worth a line.
                    if (!failed)
                    {
                        log.LoopFailed(name, ProblemPlace.Of(problem));
                    }

                    failed = true;
                }

                await rest(cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The silo stops.
        }
    }
}
