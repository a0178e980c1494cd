using Bailiwick.Protocol;
using Bailiwick.Silo.Api.Auth;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Hosting;

/// <summary>
/// The one way from a listener to an endpoint: route, authenticate, tell what is left, answer. Each door has a table of routes of its own, so that no
/// path of one is reachable through the port of another.
/// </summary>
internal static class DoorPipeline
{
    /// <param name="services">Of the application.</param>
    /// <param name="refuse">Writes a refusal in the shape of this door.</param>
    /// <param name="map">Maps its endpoints; each must say for whom it is (<see cref="EndpointAccess"/>).</param>
    public static RequestDelegate Build(IServiceProvider services, WriteRefusal refuse, Action<IEndpointRouteBuilder> map)
    {
        var authentication = services.GetRequiredService<CallerAuthentication>();
        var door = new ApplicationBuilder(services);
        door.UseRouting();
        door.Use((context, next) => authentication.Check(context) is { } refusal
            ? refuse(context, refusal, context.RequestAborted)
            : next(context));
        if (services.GetService<TurnLimits>() is { } limits)
        {
            door.Use((context, next) =>
            {
                if (context.GetEndpoint()?.Metadata.GetMetadata<EndpointAccess>()?.Scopes.Contains(Scopes.Inference) is true
                    && authentication.Of(context) is { } caller)
                {
                    context.Response.OnStarting(() =>
                    {
                        RateHeaders.Write(context.Response.Headers, limits, caller);
                        return Task.CompletedTask;
                    });
                }

                return next(context);
            });
        }

        door.UseEndpoints(map);
        door.Run(context => refuse(context, NoSuchPath, context.RequestAborted));
        return door.Build();
    }

    private static Refusal NoSuchPath { get; } = new(Errors.NotFound, "This door has no such path.");
}
