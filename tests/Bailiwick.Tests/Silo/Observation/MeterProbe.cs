using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Bailiwick.Tests.Silo.Observation;

/// <summary>What the instruments of one factory recorded, as `name{label=value,...} value`.</summary>
internal sealed class MeterProbe : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<(string Name, string Labels, double Value)> _seen = new();

    public MeterProbe(IMeterFactory factory)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope == factory)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.Start();
    }

    public double Sum(string name, string labels = "") =>
        _seen.Where(one => one.Name == name && one.Labels.Contains(labels, StringComparison.Ordinal)).Sum(one => one.Value);

    public IReadOnlyList<double> All(string name) => [.. _seen.Where(one => one.Name == name).Select(one => one.Value)];

    /// <summary>Every label with its value.</summary>
    public IReadOnlyList<string> Labels => [.. _seen.SelectMany(one => one.Labels.Split(',')).Where(label => label.Length > 0).Distinct().Order()];

    public void Dispose() => _listener.Dispose();

    private void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        _seen.Enqueue((instrument.Name, string.Join(',', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}")), value));
}
