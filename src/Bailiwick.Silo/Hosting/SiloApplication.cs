using Bailiwick.Silo.Audit;
using Bailiwick.Silo.Cluster;
using Bailiwick.Silo.Observation;
using Bailiwick.Silo.Policy;
using Bailiwick.Silo.Sessions;
using Bailiwick.Silo.Shards;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Hosting;

/// <summary>
/// The host of a silo. Built from nothing, so that only the validated model counts: no appsettings.json in the working folder and no
/// environment variable can open a port, name a database or raise a log level.
/// </summary>
internal static class SiloApplication
{
    public static WebApplication Build(SiloModel model)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "bailiwick-silo" });
        AddLogging(builder.Logging);
        builder.Services.AddSingleton(model);
        builder.Services.AddSingleton<TimeProvider>(new SiloTime(TimeProvider.System));
        AuditFeature.Add(builder.Services, model);
        builder.Services.AddRoutingCore();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(30));
        SiloDoors.AddServices(builder.Services, model);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => SiloDoors.Listen(kestrel, model.Listen, model.Roles));
        builder.Host.UseOrleans(silo => OrleansSetup.Configure(silo, model));
        // Hosted services start in this order: what calls grains comes after the silo.
        AuditFeature.AddReaper(builder.Services, model);
        PolicyFeature.Add(builder.Services);
        ShardsFeature.Add(builder.Services, model);
        SessionsFeature.Add(builder.Services, model);
        TurnsFeature.Add(builder.Services, model);
        ObservationFeature.Add(builder.Services);

        var app = builder.Build();
        SiloDoors.Use(app, model.Listen, model.Roles);
        return app;
    }

    private static void AddLogging(ILoggingBuilder logging)
    {
        ObservationFeature.AddConsole(logging);
        logging.SetMinimumLevel(LogLevel.Warning);
        logging.AddFilter("Bailiwick", LogLevel.Information);
        // Orleans writes a line under this name whenever a silo joins or leaves.
        logging.AddFilter(typeof(RunningTurnsService).FullName, LogLevel.Warning);
        // Its lines repeat the exceptions that Orleans logs or handles itself.
        logging.AddFilter("Polly", LogLevel.None);
        // It repeats exceptions whose texts may repeat the request; CallBorder logs them without.
        logging.AddFilter("Grpc.AspNetCore.Server.ServerCallHandler", LogLevel.None);
        // It has every option in its text at Information, connection strings among them.
        logging.AddFilter("Orleans.Runtime.OptionsLogger", LogLevel.Warning);
    }
}
