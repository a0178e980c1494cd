using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Bailiwick.EndToEnd.Tests.Silo;
using Xunit.Abstractions;

namespace Bailiwick.EndToEnd.Tests.Observation;

/// <summary>
/// A real Prometheus, with the shipped configuration, over two real silos under load: every query of every board gives series, the vLLM
/// names exist, promtool has nothing against our names, and no label holds text.
/// </summary>
[Collection(SiteCollection.Name)]
[Trait("Category", "Metrics")]
public sealed partial class MetricsTests(SiteFixture site, ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static readonly string[] VllmNames =
    [
        "num_requests_running", "num_requests_waiting", "kv_cache_usage_perc", "gpu_cache_usage_perc", "prompt_tokens_total",
        "generation_tokens_total", "request_success_total", "time_to_first_token_seconds_bucket", "time_to_first_token_seconds_sum",
        "time_to_first_token_seconds_count", "request_time_per_output_token_seconds_bucket", "inter_token_latency_seconds_bucket",
        "e2e_request_latency_seconds_bucket", "request_queue_time_seconds_bucket",
    ];

    /// <summary>Every label that our own series may have.</summary>
    private static readonly string[] Labels =
    [
        "le", "model", "rule", "effect", "state", "finish", "gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_request_model", "error_type",
    ];

    [Fact]
    public async Task Boards_OverAClusterUnderLoad_ShowEverySeries()
    {
        await using var cluster = await MeteredCluster.StartAsync(site);
        await ReadyAsync(cluster, cluster.Gateway);
        await ReadyAsync(cluster, cluster.Worker);
        await DoorsAsync(cluster);

        var keyFile = site.At("operations.key");
        await File.WriteAllTextAsync(keyFile, cluster.OperationsKey);
        await using var prometheus = await PrometheusProcess.StartAsync(
            site.At("prometheus"), keyFile, [cluster.Gateway.Operations, cluster.Worker.Operations], CancellationToken.None);
        await SeriesAsync(prometheus, "sum(up{job=\"bailiwick\"}) == 2");

        await LoadAsync(cluster, prometheus);

        foreach (var (board, panel, query) in Queries())
        {
            output.WriteLine($"{board}, {panel}: {await SeriesAsync(prometheus, Filled(query))} series");
        }

        foreach (var name in VllmNames)
        {
            await SeriesAsync(prometheus, $"vllm:{name}{{model_name=\"smollm2-135m-instruct\", engine=\"0\"}}");
        }

        await SeriesAsync(prometheus, "vllm:time_to_first_token_seconds_bucket{le=\"1.0\"}");
        await SeriesAsync(prometheus, "sum(vllm:generation_tokens_total) > 300");
        await SeriesAsync(prometheus, "bailiwick:residency_decisions:increase5m{effect=\"deny\"} == 2");
        await SeriesAsync(prometheus, "bailiwick_residency_decisions_total{effect=\"deny\"} == 2");
        Assert.Empty(await prometheus.QueryAsync("{__name__=~\".+_created\"}", CancellationToken.None));

        await ProbedAsync();
        await ScrapeAsync(cluster);
        Assert.DoesNotContain(MeteredCluster.Canary, cluster.Gateway.Output + cluster.Worker.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Silo_WhoseEnvironmentAsksForPrompts_DoesNotStart()
    {
        var file = await site.ConfigureAsync("capture", "n1", SiteFixture.FreePort(), SiteFixture.FreePort());
        var (exitCode, _, error) = await Executable.RunAsync(
            "env", "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true", "dotnet", Executable.Silo, "run", "--config", file);

        Assert.Equal(1, exitCode);
        Assert.Contains("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT asks for prompts", error, StringComparison.Ordinal);
    }

    private static Task ReadyAsync(MeteredCluster cluster, SiloProcess silo) => Condition.HoldsAsync("readiness", Patience, async token =>
    {
        var (status, text) = await cluster.GetAsync(silo.Operations, "/ready", cluster.OperationsKey, token);
        return (status == HttpStatusCode.OK && text == "ready\n", text + silo.Output);
    });

    /// <summary>Readiness was a turn, with its records.</summary>
    private async Task ProbedAsync()
    {
        await using var command = site.Owner.CreateCommand("""
            SELECT count(*) FROM records i JOIN records o ON o.intent = i.hash AND o.kind = 'outcome'
            WHERE i.kind = 'intent' AND convert_from(i.leaf, 'UTF8')::jsonb -> 'label' ->> 'purpose' = 'probe'
              AND convert_from(i.leaf, 'UTF8')::jsonb -> 'caller' ->> 'subject' = 'probe'
            """);
        Assert.True((long)(await command.ExecuteScalarAsync())! > 0, "the gateway became ready without a probe");
    }

    /// <summary>Both pages are for keys of the operations scope alone.</summary>
    private static async Task DoorsAsync(MeteredCluster cluster)
    {
        foreach (var path in new[] { "/metrics", "/ready" })
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await cluster.GetAsync(cluster.Gateway.Operations, path, null, CancellationToken.None)).Status);
            Assert.Equal(HttpStatusCode.Forbidden, (await cluster.GetAsync(cluster.Gateway.Operations, path, cluster.PublicKey, CancellationToken.None)).Status);
        }
    }

    /// <summary>Answers whole, streamed and denied; then streams whose worker is killed, so that there is a gap to show.</summary>
    private static async Task LoadAsync(MeteredCluster cluster, PrometheusProcess prometheus)
    {
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await cluster.ChatAsync(cluster.InternalKey, 8, false, CancellationToken.None)).Status);
        }

        var whole = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => cluster.ChatAsync(cluster.PublicKey, 20, i % 2 == 0, CancellationToken.None)));
        Assert.All(whole, answer => Assert.True(answer.Status == HttpStatusCode.OK, answer.Text));

        // A scrape may have met those: the worker is to be killed under the streams.
        var running = $"bailiwick_turns_active{{instance=\"{cluster.Worker.Operations.Authority}\"}}";
        await SeriesAsync(prometheus, $"{running} == 0");
        var streams = Enumerable.Range(0, 8).Select(_ => cluster.ChatAsync(cluster.PublicKey, 400, true, CancellationToken.None)).ToList();
        await SeriesAsync(prometheus, $"{running} > 0");
        await cluster.Worker.KillAsync();
        Assert.All(await Task.WhenAll(streams), answer => Assert.EndsWith("data: [DONE]\n\n", answer.Text[..(answer.Text.IndexOf("[DONE]", StringComparison.Ordinal) + 8)], StringComparison.Ordinal));
        await SeriesAsync(prometheus, "sum(bailiwick_failover_gap_seconds_count) > 0");
    }

    /// <summary>What promtool and we have to say of the page itself.</summary>
    private async Task ScrapeAsync(MeteredCluster cluster)
    {
        var (_, page) = await cluster.GetAsync(cluster.Gateway.Operations, "/metrics", cluster.OperationsKey, CancellationToken.None);
        Assert.DoesNotContain(MeteredCluster.Canary, page, StringComparison.Ordinal);
        var ours = page.Split('\n').Where(line => Ours().IsMatch(line)).ToList();
        Assert.True(ours.Count > 40, $"{ours.Count} lines of ours:\n{page}");
        Assert.Empty(ours.SelectMany(line => Label().Matches(line).Select(label => label.Groups[1].Value)).Distinct().Except(Labels));

        var file = site.At("scrape.txt");
        await File.WriteAllTextAsync(file, page);
        var (_, told, error) = await Executable.RunAsync("bash", "-c", $"promtool check metrics < '{file}'");
        output.WriteLine(told + error);
        Assert.DoesNotContain((told + error).Split('\n'), line => Ours().IsMatch(line));
    }

    private static async Task<int> SeriesAsync(PrometheusProcess prometheus, string query)
    {
        var count = 0;
        await Condition.HoldsAsync($"series of {query}", Patience, async token =>
        {
            var series = await prometheus.QueryAsync(query, token);
            // A quantile over no events is a series too.
            count = series.Count(one => one.Value != "NaN");
            return (count > 0, $"{series.Count} without a value\n{prometheus.Output}");
        });
        return count;
    }

    private static IEnumerable<(string Board, string Panel, string Query)> Queries()
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Checkout.Root, "infra/grafana/dashboards"), "*.json", SearchOption.AllDirectories))
        {
            using var board = JsonDocument.Parse(File.ReadAllText(file));
            foreach (var panel in board.RootElement.GetProperty("panels").EnumerateArray())
            {
                foreach (var target in panel.GetProperty("targets").EnumerateArray())
                {
                    yield return (Path.GetFileNameWithoutExtension(file), panel.GetProperty("title").GetString()!, target.GetProperty("expr").GetString()!);
                }
            }
        }
    }

    /// <summary>As Grafana fills the variables in: everything chosen, a range of four scrapes or more.</summary>
    private static string Filled(string query) => query
        .Replace("$__rate_interval", "60s", StringComparison.Ordinal)
        .Replace("$job", ".*", StringComparison.Ordinal)
        .Replace("$instance", ".*", StringComparison.Ordinal)
        .Replace("$model", ".*", StringComparison.Ordinal);

    [GeneratedRegex(@"^(bailiwick|gen_ai)_")]
    private static partial Regex Ours();

    [GeneratedRegex(@"[{,](\w+)=""")]
    private static partial Regex Label();
}
