using Bailiwick.Protocol;
using Bailiwick.Silo.Hosting;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Bailiwick.Silo.Api.Grpc;

/// <summary>
/// Request border of the gRPC door. A caller who left is no failure; anything that a service did not foresee is "internal", and is
/// logged without its message, which may repeat what the caller sent.
/// </summary>
internal sealed class CallBorder(ILogger<CallBorder> log) : Interceptor
{
    private static readonly Refusal Unforeseen = new(Errors.Internal, "The call failed in a way that was not foreseen.");
    private static readonly Refusal CallerLeft = new(Errors.Cancelled, "The caller ended the call.");

    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(request, context);
        }
        catch (Exception problem)
        {
            throw Border(problem, context);
        }
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(request, responseStream, context);
        }
        catch (Exception problem)
        {
            throw Border(problem, context);
        }
    }

    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(requestStream, responseStream, context);
        }
        catch (Exception problem)
        {
            throw Border(problem, context);
        }
    }

    private RpcException Border(Exception problem, ServerCallContext context)
    {
        if (problem is RpcException foreseen)
        {
            return foreseen;
        }

        if (context.CancellationToken.IsCancellationRequested)
        {
            return GrpcRefusals.ToException(CallerLeft);
        }

        log.CallFailed(context.Method, problem.GetType().Name, problem.StackTrace ?? "");
        return GrpcRefusals.ToException(Unforeseen);
    }
}
