using Bailiwick.Models.Import;
using Spectre.Console;

namespace Bailiwick.Cli.Verbs;

/// <summary>Shows how far an import is: a bar on a terminal, a line for each step where stderr is piped.</summary>
internal static class ImportDisplay
{
    public static async Task<ImportedBuild> RunAsync(TextWriter error, Func<IProgress<ImportProgress>, Task<ImportedBuild>> import)
    {
        if (Console.IsErrorRedirected || error != Console.Error) return await import(new Lines(error));
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(error) });
        return await console.Progress().AutoClear(true).StartAsync(context => import(new Bars(context)));
    }

    private static string Name(ImportPhase phase) => phase switch
    {
        ImportPhase.Waiting => "waiting for another import",
        ImportPhase.Reading => "reading the source",
        ImportPhase.Building => "building the graph",
        ImportPhase.Checking => "checking tokenizer and template",
        _ => "storing the build",
    };

    private sealed class Lines(TextWriter error) : IProgress<ImportProgress>
    {
        private readonly Lock _gate = new();
        private ImportPhase? _shown;

        public void Report(ImportProgress value)
        {
            lock (_gate)
            {
                if (_shown == value.Phase) return;
                _shown = value.Phase;
                error.WriteLine($"{Name(value.Phase)} ...");
            }
        }
    }

    private sealed class Bars(ProgressContext context) : IProgress<ImportProgress>
    {
        private readonly Lock _gate = new();
        private readonly Dictionary<ImportPhase, ProgressTask> _tasks = [];

        public void Report(ImportProgress value)
        {
            lock (_gate)
            {
                if (!_tasks.TryGetValue(value.Phase, out var task))
                {
                    foreach (var earlier in _tasks.Values) earlier.Value = earlier.MaxValue;
                    _tasks[value.Phase] = task = context.AddTask(Name(value.Phase), maxValue: Math.Max(1, value.Total));
                }

                task.Value = value.Done;
            }
        }
    }
}
