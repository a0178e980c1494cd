using System.Diagnostics.Metrics;
using Bailiwick.Silo.Hosting;
using Microsoft.Extensions.Logging.Console;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Bailiwick.Silo.Observation;

/// <summary>
/// Metrics at the operations port, readiness, spans, the form of log lines. Nothing is sent anywhere: Prometheus comes and asks, and
/// there is no exporter of spans; one that is added stands behind <see cref="SpanAllowList"/>.
/// </summary>
internal static class ObservationFeature
{
    /// <summary>Meter of what features show of themselves (<see cref="IObserved"/>).</summary>
    private const string FeaturesMeter = "Bailiwick.Silo";

    public static void Add(IServiceCollection services)
    {
        services.AddMetrics();
        services.AddSingleton<TurnInstruments>();
        services.AddHostedService<Features>();
        services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics.AddMeter(FeaturesMeter, TurnInstruments.MeterName, "System.Runtime").AddPrometheusExporter(exporter =>
            {
                // One scope per name here: the label would only make every series longer.
                exporter.ScopeInfoEnabled = false;
                exporter.TargetInfoEnabled = false;
            }))
            .WithTracing(tracing => Trace(tracing));
    }

    /// <summary>Our own spans alone: those of Orleans name grains, and on a failure the exception's text.</summary>
    public static TracerProviderBuilder Trace(TracerProviderBuilder tracing) =>
        tracing.AddSource(TurnTrace.SourceName).AddProcessor(new SpanAllowList());

    public static void AddConsole(ILoggingBuilder logging)
    {
        logging.AddConsole(console => console.FormatterName = PlainFormatter.FormatterName);
        logging.AddConsoleFormatter<PlainFormatter, ConsoleFormatterOptions>();
    }

    /// <summary>`/metrics` and `/ready`; the group says for whom they are.</summary>
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPrometheusScrapingEndpoint("/metrics");
        endpoints.MapGet("/ready", context => Readiness.AnswerAsync(context, context.RequestAborted));
    }

    /// <summary>Gives each feature the meter once the silo's services exist.</summary>
    private sealed class Features(IMeterFactory factory, IServiceProvider services) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            var meter = factory.Create(FeaturesMeter);
            foreach (var feature in services.GetServices<IObserved>())
            {
                feature.Measure(meter);
            }

            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
