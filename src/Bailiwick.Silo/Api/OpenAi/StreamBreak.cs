using Microsoft.AspNetCore.Connections.Features;

namespace Bailiwick.Silo.Api.OpenAi;

/// <summary>
/// Breaks a response so that its client sees both: every byte that was written, and that the answer is not whole. Aborting alone
/// races the last bytes out of the socket; ending the response normally is read as success. So the connection's output is ended
/// below HTTP, without HTTP's own end mark, and only when that has left the response is aborted.
/// </summary>
internal static class StreamBreak
{
    /// <summary>How long a client may take to accept the last bytes.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static async Task AfterFlushAsync(HttpContext context, TimeProvider time, CancellationToken cancellationToken)
    {
        if (HttpProtocol.IsHttp11(context.Request.Protocol)
            && context.Features.Get<IConnectionTransportFeature>() is { } connection
            && context.Features.Get<IConnectionLifetimeFeature>() is { } life)
        {
            await connection.Transport.Output.CompleteAsync();
            await ClosedAsync(life, time, cancellationToken);
        }

        context.Abort();
    }

    private static async Task ClosedAsync(IConnectionLifetimeFeature life, TimeProvider time, CancellationToken cancellationToken)
    {
        using var closed = CancellationTokenSource.CreateLinkedTokenSource(life.ConnectionClosed, cancellationToken);
        try
        {
            await Task.Delay(Patience, time, closed.Token);
        }
        catch (OperationCanceledException) when (closed.IsCancellationRequested)
        {
            // Closed: what was written has left. Or the caller has.
        }
    }
}
