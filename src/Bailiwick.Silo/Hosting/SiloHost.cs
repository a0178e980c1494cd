using System.Text.Json;
using System.Text.Json.Serialization;
using Bailiwick.Silo.Cluster;

namespace Bailiwick.Silo.Hosting;

/// <summary>The silo's verbs: reads the configuration, refuses it as a whole or acts on it.</summary>
internal static class SiloHost
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        PreferredObjectCreationHandling = JsonObjectCreationHandling.Populate,
    };

    /// <summary>Joins the cluster and serves until a signal. 0 after a clean stop, 1 when the configuration is refused.</summary>
    public static async Task<int> RunAsync(string file, CancellationToken cancellationToken)
    {
        if (Read(file) is not { } options || Validate(options) is not { } model)
        {
            return 1;
        }

        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls($"http://{model.Options.Listen.Address}:{model.Options.Listen.Operations}");
        builder.Host.UseOrleans(silo => OrleansSetup.Configure(silo, model));
        await using var app = builder.Build();
        app.MapGet("/health", () => "ok\n");
        await app.RunAsync(cancellationToken);
        return 0;
    }

    public static int Check(string file) => Read(file) is { } options && Validate(options) is not null ? 0 : 1;

    public static int Migrate(string file)
    {
        if (Read(file) is not { } options)
        {
            return 1;
        }

        if (string.IsNullOrWhiteSpace(options.Database.Owner))
        {
            Console.Error.WriteLine("database.owner: a login that owns the schema is needed to migrate.");
            return 1;
        }

        var result = Migrations.Run(options.Database.Owner, Console.Out.WriteLine);
        if (result.Fault is not null)
        {
            Console.Error.WriteLine(result.Fault);
            return 1;
        }

        return 0;
    }

    private static SiloOptions? Read(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            return JsonSerializer.Deserialize<SiloOptions>(stream, Json);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or JsonException)
        {
            Console.Error.WriteLine($"{Path.GetFileName(file)}: {problem.Message}");
            return null;
        }
    }

    private static SiloModel? Validate(SiloOptions options)
    {
        var (model, faults) = SiloModel.Validate(options, TimeProvider.System.GetUtcNow());
        foreach (var fault in faults)
        {
            Console.Error.WriteLine(fault);
        }

        return model;
    }
}
