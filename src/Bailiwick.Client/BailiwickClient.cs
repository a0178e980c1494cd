using Bailiwick.Client.Answers;
using Bailiwick.Client.Receipts;
using Bailiwick.Evidence;
using Bailiwick.Protocol.Audit.V1;
using Bailiwick.Protocol.Inference.V1;
using Bailiwick.Protocol.Receipts;
using Grpc.Core;

namespace Bailiwick.Client;

/// <summary>
/// The cluster of one boundary, seen by a team. Thread-safe; keep one for the life of the process: it owns a connection to each
/// gateway. Every method fails with <see cref="BailiwickException"/> where the cluster refuses or cannot be reached, and with
/// <see cref="OperationCanceledException"/> where its token is cancelled; cancelling an answer frees its slot within one decoding step.
/// </summary>
public sealed class BailiwickClient : IDisposable
{
    private readonly BailiwickClientOptions _options;
    private readonly Gateways _gateways;

    /// <summary>Connects when first asked.</summary>
    /// <exception cref="ArgumentException">An option out of its range.</exception>
    public BailiwickClient(BailiwickClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _gateways = new Gateways(options);
        Operations = new OperationsClient(this);
        Conversations = new ConversationsClient(this);
    }

    /// <summary>Conversations that the cluster keeps.</summary>
    public ConversationsClient Conversations { get; }

    /// <summary>Silos and API keys; needs a key of scope `operations`.</summary>
    public OperationsClient Operations { get; }

    /// <summary>
    /// The answer to a conversation. A connection that breaks is made anew at the next gateway, and the answer goes on after the last
    /// token that came, with the same seed and build. A turn of a conversation, and a stored one, goes out under an idempotency key of
    /// its own: however often it is sent, it is answered and kept once.
    /// </summary>
    /// <param name="request">Not changed. With <see cref="ChatRequest.Resume"/> the answer of an earlier process is gone on with.</param>
    /// <param name="cancellationToken">Ends the turn.</param>
    public IAsyncEnumerable<AnswerEvent> ChatAsync(ChatRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return ChatAsync(request, request.Store || request.Conversation.Length > 0 ? Guid.NewGuid().ToString("N") : null, cancellationToken);
    }

    /// <summary>The same under an idempotency key of the caller's: whoever sends it again within a day, at any gateway, gets the same answer.</summary>
    /// <param name="request">Not changed; the same bytes each time but for <see cref="ChatRequest.Resume"/>.</param>
    /// <param name="idempotencyKey">1 to 255 visible ASCII characters; null = none.</param>
    /// <param name="cancellationToken">Ends the turn.</param>
    public IAsyncEnumerable<AnswerEvent> ChatAsync(ChatRequest request, string? idempotencyKey, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return new AnswerRun(_gateways, _options, idempotencyKey, (invoker, options, pins) =>
        {
            var asked = request.Clone();
            // Under a key, the cluster itself knows seed and build.
            var known = idempotencyKey is null ? pins : pins with { Model = null, Seed = null };
            (asked.Model, asked.Settings, asked.Resume) = Pinned(asked.Model, asked.Settings, asked.Resume, known);
            return new AnswerCall<ChatResponse>(
                new InferenceService.InferenceServiceClient(invoker).Chat(asked, options),
                response => new WireEvent(response.Started, response.Delta, response.Finished));
        }).RunAsync(cancellationToken);
    }

    /// <summary>The continuation of a text; resumes as <see cref="ChatAsync(ChatRequest, CancellationToken)"/> does.</summary>
    /// <param name="request">Not changed.</param>
    /// <param name="cancellationToken">Ends the turn.</param>
    public IAsyncEnumerable<AnswerEvent> GenerateAsync(GenerateRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return new AnswerRun(_gateways, _options, null, (invoker, options, pins) =>
        {
            var asked = request.Clone();
            (asked.Model, asked.Settings, asked.Resume) = Pinned(asked.Model, asked.Settings, asked.Resume, pins);
            return new AnswerCall<GenerateResponse>(
                new InferenceService.InferenceServiceClient(invoker).Generate(asked, options),
                response => new WireEvent(response.Started, response.Delta, response.Finished));
        }).RunAsync(cancellationToken);
    }

    /// <summary>Models that policy lets this key use on some node, ready or not.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<IReadOnlyList<Model>> ListModelsAsync(CancellationToken cancellationToken = default) =>
        (await AskAsync((invoker, options) =>
            new InferenceService.InferenceServiceClient(invoker).ListModelsAsync(new ListModelsRequest(), options), true, cancellationToken)
            .ConfigureAwait(false)).Models;

    /// <summary>One model.</summary>
    /// <param name="name">Name, alias or name@digest.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<Model> GetModelAsync(string name, CancellationToken cancellationToken = default) =>
        (await AskAsync((invoker, options) =>
            new InferenceService.InferenceServiceClient(invoker).GetModelAsync(new GetModelRequest { Name = name }, options), true, cancellationToken)
            .ConfigureAwait(false)).Model;

    /// <summary>Token ids of a text, as client text: no control token is recognised.</summary>
    /// <param name="model">Name, alias or name@digest.</param>
    /// <param name="text">Any text.</param>
    /// <param name="label">Raises the key's label; null raises nothing.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<IReadOnlyList<int>> TokenizeAsync(
        string model, string text, Label? label = null, CancellationToken cancellationToken = default) =>
        (await AskAsync((invoker, options) => new InferenceService.InferenceServiceClient(invoker).TokenizeAsync(
            new TokenizeRequest { Model = model, Text = text, Label = label }, options), true, cancellationToken).ConfigureAwait(false)).Token;

    /// <summary>
    /// Checks a receipt against the log: that both records are in it, that it is signed by a log that <paramref name="trust"/> names,
    /// and that they are about this prompt and this answer. Waits for the log within <see cref="BailiwickClientOptions.ProofPatience"/>.
    /// </summary>
    /// <param name="receipt">Receipt of the (last) turn.</param>
    /// <param name="prompt">What was committed to: <see cref="CanonicalJson.OfRequest"/> of a chat, or UTF-8 of the prompt.</param>
    /// <param name="answer">The answer; after a resume also its last part: the record is about what its own turn gave.</param>
    /// <param name="trust">Keys of the log, from elsewhere than from this cluster.</param>
    /// <param name="cancellationToken">Ends the check.</param>
    /// <returns>Findings, good ones too. A bad finding is no exception.</returns>
    public Task<ReceiptReport> VerifyAsync(
        Receipt receipt, ReadOnlyMemory<byte> prompt, IReadOnlyList<string> answer, TrustPolicy trust, CancellationToken cancellationToken = default) =>
        new ReceiptCheck(this, _options).VerifyAsync(receipt, prompt, answer, trust, cancellationToken);

    /// <summary>The latest signed checkpoint of the log, as a signed note. Check it against a key that you have from elsewhere.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task<GetCheckpointResponse> GetCheckpointAsync(CancellationToken cancellationToken = default) =>
        AskAsync((invoker, options) =>
            new AuditService.AuditServiceClient(invoker).GetCheckpointAsync(new GetCheckpointRequest(), options), true, cancellationToken);

    /// <summary>Closes the connections; running calls end.</summary>
    public void Dispose() => _gateways.Dispose();

    /// <summary>A call with one answer. One that may be repeated is, at the next gateway; another fails with its connection.</summary>
    internal async Task<T> AskAsync<T>(
        Func<CallInvoker, CallOptions, AsyncUnaryCall<T>> ask, bool mayRepeat, CancellationToken cancellationToken)
    {
        for (var failures = 1; ; failures++)
        {
            var gateway = _gateways.Current;
            var watch = _gateways.Watch(gateway, cancellationToken);
            await using var watching = watch.ConfigureAwait(false);
            try
            {
                using var call = ask(_gateways.Invoker(gateway), _gateways.Options(watch.Token));
                return await call.ResponseAsync.ConfigureAwait(false);
            }
            catch (RpcException problem)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var failure = watch.Failure(problem);
                if (!mayRepeat || Retries.Wait(failure, false, failures, _gateways.Count, _options) is not { } wait)
                {
                    throw failure;
                }

                _gateways.Leave(gateway);
                await Task.Delay(wait, _options.Time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>What a further attempt asks for; what the caller had from an earlier process stands before what came since.</summary>
    private static (string Model, Settings? Settings, Resume? Resume) Pinned(string model, Settings? settings, Resume? before, AnswerPins pins)
    {
        if (pins.Seed is { } seed)
        {
            settings ??= new Settings();
            settings.Seed = seed;
        }

        var resume = pins.Resume is { } since ? new Resume { Turn = since.Turn, Token = { before?.Token ?? [], since.Token } } : before;
        return (pins.Model ?? model, settings, resume);
    }
}
