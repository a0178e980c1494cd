using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Protocol.Inference.V1;
using Grpc.Core;
using Grpc.Net.Client;

namespace Bailiwick.Benchmarks.Doors;

/// <summary>What can be asked for a greedy completion: a decoder, or a door of a silo.</summary>
internal interface IAsked
{
    string Name { get; }

    /// <summary>Runs one completion to its end.</summary>
    /// <returns>Seconds to the first token, and how many came.</returns>
    Task<(double First, int Tokens)> AskAsync(string prompt, int tokens, CancellationToken cancellationToken);
}

/// <summary>The bare decoder, through its frames.</summary>
internal sealed class BareDecoder(DecoderLink link) : IAsked
{
    public string Name => "bare";

    public async Task<(double First, int Tokens)> AskAsync(string prompt, int tokens, CancellationToken cancellationToken)
    {
        var submit = new Submit { Text = prompt, MaxTokens = tokens, Sampling = new Sampling { Temperature = 0 } };
        var start = Stopwatch.GetTimestamp();
        double first = 0;
        var seen = 0;
        await foreach (var next in link.RunAsync(submit, cancellationToken))
        {
            if (next.Kind == TurnEventKind.Token)
            {
                first = seen++ == 0 ? Stopwatch.GetElapsedTime(start).TotalSeconds : first;
            }
            else if (next.Finished?.Problem is { } problem)
            {
                throw new InvalidOperationException($"the decoder: {problem.Sentence}");
            }
        }

        return (first, seen);
    }
}

/// <summary>The gRPC door by the generated client alone.</summary>
internal sealed class GrpcAsked : IAsked, IDisposable
{
    private readonly GrpcChannel _channel;
    private readonly InferenceService.InferenceServiceClient _client;
    private readonly Metadata _headers;

    public GrpcAsked(RunningSite site)
    {
        _channel = GrpcChannel.ForAddress(site.Grpc, new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler { EnableMultipleHttp2Connections = true, UseProxy = false },
            DisposeHttpClient = true,
        });
        _client = new InferenceService.InferenceServiceClient(_channel);
        _headers = new Metadata { { "authorization", $"Bearer {site.Key}" } };
    }

    public string Name => "grpc";

    public async Task<(double First, int Tokens)> AskAsync(string prompt, int tokens, CancellationToken cancellationToken)
    {
        var request = new GenerateRequest { Model = RunningSite.Model, Prompt = prompt, Settings = new Settings { MaxTokens = tokens, Temperature = 0 } };
        var start = Stopwatch.GetTimestamp();
        double first = 0;
        var seen = 0;
        using var call = _client.Generate(request, _headers, cancellationToken: cancellationToken);
        await foreach (var next in call.ResponseStream.ReadAllAsync(cancellationToken))
        {
            if (next.Delta is { } delta)
            {
                first = seen == 0 ? Stopwatch.GetElapsedTime(start).TotalSeconds : first;
                seen += delta.Token.Count;
            }
            else if (next.Finished is { Reason: not (FinishReason.Length or FinishReason.Stop) })
            {
                throw new InvalidOperationException("the answer has no good end");
            }
        }

        return (first, seen);
    }

    public void Dispose() => _channel.Dispose();
}

/// <summary>The HTTP door as server-sent events; nothing is parsed but the line ends.</summary>
internal sealed class HttpAsked(RunningSite site) : IAsked, IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = Timeout.InfiniteTimeSpan };

    public string Name => "http";

    public async Task<(double First, int Tokens)> AskAsync(string prompt, int tokens, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new
        {
            model = RunningSite.Model, prompt, max_tokens = tokens, temperature = 0, stream = true, stream_options = new { include_usage = true },
        });
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(site.Http, "/v1/completions")) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", site.Key);
        var start = Stopwatch.GetTimestamp();
        using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        answer.EnsureSuccessStatusCode();
        double first = 0;
        int? counted = null;
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellationToken), Encoding.UTF8);
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (first == 0 && line.Contains("\"text\":\"", StringComparison.Ordinal))
            {
                first = Stopwatch.GetElapsedTime(start).TotalSeconds;
            }

            if (line.Contains("\"choices\":[],\"usage\"", StringComparison.Ordinal))
            {
                using var usage = JsonDocument.Parse(line.AsMemory("data: ".Length));
                counted = usage.RootElement.GetProperty("usage").GetProperty("completion_tokens").GetInt32();
            }
        }

        return (first, counted ?? throw new InvalidOperationException("the stream ended without counts"));
    }

    public void Dispose() => _http.Dispose();
}
