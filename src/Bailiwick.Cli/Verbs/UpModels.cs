using System.Globalization;
using Bailiwick.Client;
using Bailiwick.Protocol.Inference.V1;

namespace Bailiwick.Cli.Verbs;

/// <summary>Tells how the models of a starting cluster come along, a line for each change, until each is ready or has failed.</summary>
internal sealed class UpModels(BailiwickClient client, TextWriter progress)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);
    private readonly Dictionary<string, string> _shown = [];

    /// <returns>False if one failed.</returns>
    /// <exception cref="CliException">Not all are there in time.</exception>
    public async Task<bool> WaitAsync(int expected, TimeSpan limit, CancellationToken cancellationToken)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var models = await client.ListModelsAsync(cancellationToken);
            foreach (var model in models)
            {
                Show(model, TimeProvider.System.GetElapsedTime(since));
            }

            if (models.Count >= expected && models.All(IsSettled))
            {
                return models.All(model => model.State == ModelState.Ready);
            }

            if (TimeProvider.System.GetElapsedTime(since) > limit)
            {
                throw new CliException(
                    $"Not every model is ready after {limit.TotalSeconds:0} s; the cluster goes on with them. `bailiwick models served` shows how far they are.",
                    CliExit.TimeOut);
            }

            await Task.Delay(Look, TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>Each silo has it, or has given it up: a silo that joined has its own replica to make.</summary>
    private static bool IsSettled(Model model) => model.State is (ModelState.Ready or ModelState.Failed)
        && model.Replicas.All(replica => replica.State is not (ModelState.Importing or ModelState.Loading));

    private void Show(Model model, TimeSpan since)
    {
        var ready = model.Replicas.Count(replica => replica.State == ModelState.Ready);
        var reasons = model.Replicas.Select(replica => replica.Reason).Append(model.Reason).Where(reason => reason.Length > 0).Distinct();
        var state = (model.State == ModelState.Ready ? $"ready on {ready} of {model.Replicas.Count}" : Word(model.State))
            + string.Concat(reasons.Select(reason => $"; {reason}"));
        if (_shown.GetValueOrDefault(model.Name) != state)
        {
            _shown[model.Name] = state;
            progress.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"Model",-15} {model.Name}: {state} ({since.TotalSeconds:0.0} s)"));
        }
    }

    internal static string Word(ModelState state) => state switch
    {
        ModelState.Importing => "importing",
        ModelState.Loading => "loading",
        ModelState.Ready => "ready",
        ModelState.Failed => "failed",
        _ => "unknown",
    };
}
