using Bailiwick.Protocol.Inference.V1;
using Grpc.Core;

namespace Bailiwick.Client.Answers;

/// <summary>One event on the wire: exactly one of the three.</summary>
internal readonly record struct WireEvent(Started? Started, Delta? Delta, Finished? Finished);

/// <summary>One attempt at an answer, whatever its method. One reader.</summary>
internal interface IAnswerCall : IDisposable
{
    WireEvent Current { get; }

    Task<bool> NextAsync(CancellationToken cancellationToken);

    /// <summary>Trailers; only after the stream has ended.</summary>
    Metadata Trailers();
}

/// <summary>Over a server stream.</summary>
internal sealed class AnswerCall<T>(AsyncServerStreamingCall<T> call, Func<T, WireEvent> read) : IAnswerCall
{
    public WireEvent Current => read(call.ResponseStream.Current);

    public Task<bool> NextAsync(CancellationToken cancellationToken) => call.ResponseStream.MoveNext(cancellationToken);

    public Metadata Trailers() => call.GetTrailers();

    public void Dispose() => call.Dispose();
}

/// <summary>What an attempt begins with: the request again, pinned to what has come so far.</summary>
/// <param name="Model">name@digest; null = as the caller asked.</param>
/// <param name="Seed">Null = as the caller asked.</param>
/// <param name="Resume">Null = from the beginning.</param>
internal sealed record AnswerPins(string? Model, ulong? Seed, Resume? Resume);

/// <summary>Opens an attempt at a gateway.</summary>
internal delegate IAnswerCall OpenAnswer(CallInvoker invoker, CallOptions options, AnswerPins pins);
