using Bailiwick.Protocol;
using Bailiwick.Silo.Hosting;

namespace Bailiwick.Silo.Api.Grpc;

/// <summary>
/// What the gRPC library finds wrong with a message before a service or an interceptor is called. Its own answers repeat a header of
/// the request, or tell a broken message as a fault of ours.
/// </summary>
internal static class MessageBorder
{
    private static readonly Refusal Encoding = new(Errors.Capability, "Messages are read as they are or with grpc-encoding gzip.");
    private static readonly Refusal Broken = new(Errors.Invalid, "The message is not of the form that this method reads.");

    /// <summary>Stands between authentication and the endpoints.</summary>
    public static async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Headers["grpc-encoding"] is [{ } encoding, ..] && encoding is not ("identity" or "gzip"))
        {
            await GrpcRefusals.WriteAsync(context, Encoding, context.RequestAborted);
            return;
        }

        await next(context);

        // Services never end with UNKNOWN (CallBorder): it is left for what could not be read.
        if (!context.Response.HasStarted && context.Response.Headers["grpc-status"] is ["2"])
        {
            await GrpcRefusals.WriteAsync(context, Broken, context.RequestAborted);
        }
    }
}
