using Bailiwick.Silo.Cluster;
using Bailiwick.Silo.Observation;

namespace Bailiwick.Silo.Hosting;

/// <summary>The silo's verbs: reads the configuration, refuses it as a whole or acts on it. Faults go to stderr, a line each.</summary>
internal static class SiloHost
{
    public const int Success = 0;
    public const int Refused = 1;
    public const int WrongUsage = 2;
    public const int NotJoined = 3;

    /// <summary>Joins the cluster and serves until SIGTERM or SIGINT.</summary>
    public static async Task<int> RunAsync(string file, CancellationToken cancellationToken)
    {
        if (DiagnosticsPort.Fault(Environment.GetEnvironmentVariable(DiagnosticsPort.Variable)) is { } open)
        {
            return Fail(open, Refused);
        }

        if (Load(file) is not { } model)
        {
            return Refused;
        }

        if (await Schema.FaultAsync(model.Database.Application, cancellationToken) is { } fault)
        {
            return Fail($"database.application: {fault}", NotJoined);
        }

        await using var app = SiloApplication.Build(model);
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Bailiwick.Silo.Cluster");
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (Exception problem)
        {
            // Process border: whatever kept the silo out is one line, and systemd tries again.
            return Fail($"The cluster '{model.Boundary}' cannot be joined: {Sentence(problem)}", NotJoined);
        }

        log.Joined(model.Boundary, model.Identity.Uri, model.Listen.Silo, model.Listen.Operations);
        await app.WaitForShutdownAsync(cancellationToken);
        log.Left(model.Boundary);
        return Success;
    }

    public static int Check(string file) => Load(file) is null ? Refused : Success;

    /// <summary>Needs only database.owner: it runs before there are certificates, on a machine without a silo.</summary>
    public static async Task<int> MigrateAsync(string file, CancellationToken cancellationToken)
    {
        var (options, unread) = SiloFile.Read(file);
        if (options is null)
        {
            return Fail(unread!, Refused);
        }

        var faults = new List<string>();
        if (DatabaseValidation.Connection(options.Database.Owner, "database.owner", faults) is not { } owner)
        {
            return Fail(string.Join(Environment.NewLine, faults), Refused);
        }

        var result = await Migrations.RunAsync(owner, cancellationToken);
        foreach (var applied in result.Applied)
        {
            Console.Out.WriteLine($"applied {applied}");
        }

        if (result.Fault is not null)
        {
            return Fail($"database.owner: {result.Fault}", NotJoined);
        }

        Console.Out.WriteLine($"The schema is this build's ({Migrations.Files.Count} files).");
        return Success;
    }

    private static SiloModel? Load(string file)
    {
        var (options, unread) = SiloFile.Read(file);
        if (options is null)
        {
            Fail(unread!, Refused);
            return null;
        }

        if (CaptureRule.Fault(Environment.GetEnvironmentVariable(CaptureRule.Variable)) is { } capture)
        {
            Fail(capture, Refused);
            return null;
        }

        var (model, faults) = SiloValidation.Validate(options, TimeProvider.System.GetUtcNow());
        foreach (var fault in faults)
        {
            Fail(fault, Refused);
        }

        return model;
    }

    /// <summary>A line on stderr.</summary>
    public static int Fail(string line, int exitCode)
    {
        Console.Error.WriteLine(line);
        return exitCode;
    }

    /// <summary>The innermost cause says what happened; the outer ones say where it was caught.</summary>
    private static string Sentence(Exception problem) =>
        Schema.Sentence(problem is OrleansException ? problem : problem.GetBaseException());
}
