using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Bailiwick.EndToEnd.Tests.Silo;

namespace Bailiwick.EndToEnd.Tests.Observation;

/// <summary>Debian's Prometheus over the shipped configuration, with this test's targets, key and a scrape every half second.</summary>
internal sealed class PrometheusProcess : IAsyncDisposable
{
    public static string Shipped { get; } = Path.Combine(Checkout.Root, "infra/prometheus");

    private static readonly HttpClient Http = new();

    private readonly ConcurrentQueue<string> _lines = new();
    private readonly Process _process;
    private readonly Uri _address;

    private PrometheusProcess(Process process, Uri address)
    {
        (_process, _address) = (process, address);
        _process.OutputDataReceived += (_, line) => _lines.Enqueue(line.Data ?? "");
        _process.ErrorDataReceived += (_, line) => _lines.Enqueue(line.Data ?? "");
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Output => string.Join('\n', _lines);

    public static async Task<PrometheusProcess> StartAsync(string folder, string keyFile, IEnumerable<Uri> silos, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        foreach (var rules in new[] { "rules.yml", "alerts.yml" })
        {
            File.Copy(Path.Combine(Shipped, rules), Path.Combine(folder, rules));
        }

        var shipped = await File.ReadAllTextAsync(Path.Combine(Shipped, "prometheus.yml"), cancellationToken);
        var targets = string.Join(", ", silos.Select(silo => $"'{silo.Authority}'"));
        var configuration = shipped.Replace(": 15s", ": 500ms", StringComparison.Ordinal)
            .Replace("credentials_file: operations.key", $"credentials_file: {keyFile}", StringComparison.Ordinal)
            .Replace("['127.0.0.1:8082']", $"[{targets}]", StringComparison.Ordinal);
        var file = Path.Combine(folder, "prometheus.yml");
        await File.WriteAllTextAsync(file, configuration, cancellationToken);
        var port = SiteFixture.FreePort();
        var start = new ProcessStartInfo(
            "prometheus",
            [
                $"--config.file={file}", $"--storage.tsdb.path={folder}/data", $"--web.listen-address=127.0.0.1:{port}", "--log.level=warn",
            ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var process = Process.Start(start) ?? throw new InvalidOperationException("prometheus did not start");
        return new PrometheusProcess(process, new Uri($"http://127.0.0.1:{port}"));
    }

    /// <summary>The series of an instant query: labels and value; none while it does not answer.</summary>
    public async Task<IReadOnlyList<(JsonElement Labels, string Value)>> QueryAsync(string query, CancellationToken cancellationToken)
    {
        try
        {
            using var form = new FormUrlEncodedContent([new("query", query)]);
            using var response = await Http.PostAsync(new Uri(_address, "/api/v1/query"), form, cancellationToken);
            if (response.StatusCode is HttpStatusCode.ServiceUnavailable)
            {
                // It starts.
                return [];
            }

            var answer = await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
            return answer.GetProperty("status").GetString() == "success"
                ? [.. answer.GetProperty("data").GetProperty("result").EnumerateArray().Select(one => (one.GetProperty("metric"), one.GetProperty("value")[1].GetString()!))]
                : throw new InvalidOperationException($"{query}: {answer.GetProperty("error").GetString()}");
        }
        catch (HttpRequestException) when (!_process.HasExited)
        {
            return [];
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
    }
}
