using System.Text.Json;
using System.Xml.Linq;

namespace Bailiwick.Tests.Architecture;

/// <summary>DESIGN.md section 4 (who may reference whom) and STYLE.md habits 3, 5 and 6.</summary>
public sealed class ProjectRules
{
    /// <summary>
    /// What each project may reference: ours first, then packages. The CLI also references Protocol, which DESIGN.md lets it reach
    /// through Client: `models try` starts a decoder.
    /// </summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Bailiwick.Residency"] = ["YamlDotNet"],
        ["Bailiwick.Evidence"] = ["NSec.Cryptography", "BouncyCastle.Cryptography"],
        ["Bailiwick.Models"] = ["Google.Protobuf", "Grpc.Tools"],
        ["Bailiwick.Protocol"] = ["Google.Protobuf", "Grpc.Core.Api", "Grpc.Tools", "Microsoft.Extensions.Logging.Abstractions"],
        ["Bailiwick.Text"] = ["Microsoft.ML.Tokenizers"],
        ["Bailiwick.Decoder"] =
        [
            "Bailiwick.Protocol", "Bailiwick.Text", "Microsoft.ML.OnnxRuntime", "Microsoft.ML.OnnxRuntime.Gpu",
            "Microsoft.ML.OnnxRuntimeGenAI.Cuda", "System.Numerics.Tensors",
        ],
        ["Bailiwick.Silo"] =
        [
            "Bailiwick.Evidence", "Bailiwick.Models", "Bailiwick.Protocol", "Bailiwick.Residency", "Bailiwick.Decoder (process)",
            "dbup-postgresql", "Grpc.AspNetCore",
            "Grpc.AspNetCore.HealthChecks", "Grpc.AspNetCore.Server.Reflection", "Grpc.StatusProto", "Microsoft.IdentityModel.Tokens", "Microsoft.Orleans.Clustering.AdoNet",
            "Microsoft.Orleans.Sdk", "Microsoft.Orleans.Server", "Npgsql", "NSec.Cryptography", "OpenTelemetry.Exporter.Prometheus.AspNetCore",
            "OpenTelemetry.Extensions.Hosting",
        ],
        ["Bailiwick.Client"] =
        [
            "Bailiwick.Evidence", "Bailiwick.Protocol", "Google.Protobuf", "Grpc.Net.Client", "Grpc.StatusProto",
            "Microsoft.Extensions.AI.Abstractions",
        ],
        ["Bailiwick.Cli"] =
        [
            "Bailiwick.Client", "Bailiwick.Evidence", "Bailiwick.Residency", "Bailiwick.Models", "Bailiwick.Protocol",
            "Bailiwick.Decoder (process)", "Spectre.Console", "System.CommandLine", "Microsoft.Extensions.Logging.Abstractions",
        ],
    };

    [Fact]
    public void Projects_OfTheTree_ReferenceOnlyWhatTheyMay() =>
        Rules.Hold(SourceFiles.Read(IsProduct).SelectMany(Forbidden));

    [Fact]
    public void Projects_ThatReachTooFar_AreNamed()
    {
        const string Text = """
            <Project><ItemGroup><ProjectReference Include="../Bailiwick.Models/Bailiwick.Models.csproj" />
            <PackageReference Include="Npgsql" /></ItemGroup></Project>
            """;
        Assert.Equal(
            ["Bailiwick.Residency -> Bailiwick.Models", "Bailiwick.Residency -> Npgsql"],
            Forbidden(new SourceFile("src/Bailiwick.Residency/Bailiwick.Residency.csproj", Text)));
    }

    [Fact]
    public void Projects_OfTheTree_KeepTheGate() => Rules.Hold(SourceFiles.Read(IsBuildFile).SelectMany(Loosened));

    [Fact]
    public void Projects_ThatLoosenTheGate_AreNamed()
    {
        const string Text = "<Project><PropertyGroup><TreatWarningsAsErrors>false</TreatWarningsAsErrors><Nullable>disable</Nullable></PropertyGroup></Project>";
        Assert.Equal(["x.csproj: TreatWarningsAsErrors", "x.csproj: Nullable"], Loosened(new SourceFile("x.csproj", Text)));
    }

    [Fact]
    public void Packages_RestoredForAnyProject_AreNoElevens()
    {
        var assets = Directory.EnumerateFiles(Repository.Root, "project.assets.json", SearchOption.AllDirectories)
            .Where(path => !path.Contains("node_modules", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(assets);
        Rules.Hold(assets.SelectMany(path => Elevens(File.ReadAllText(path))));
    }

    [Fact]
    public void Packages_OfADriftedBuild_AreNamed() =>
        Assert.Equal(
            ["System.Text.Json/11.0.0"],
            Elevens("""{"libraries":{"System.Text.Json/11.0.0":{},"System.Memory/10.0.12":{},"YamlDotNet/11.2.1":{}}}"""));

    private static bool IsProduct(string path) =>
        path.StartsWith("src/", StringComparison.Ordinal) && path.EndsWith(".csproj", StringComparison.Ordinal);

    private static bool IsBuildFile(string path) => Path.GetExtension(path) is ".csproj" or ".props" or ".targets";

    private static IEnumerable<string> Forbidden(SourceFile project)
    {
        var name = Path.GetFileNameWithoutExtension(project.Path);
        var allowed = Allowed.GetValueOrDefault(name, []);
        var document = XDocument.Parse(project.Text);
        foreach (var item in document.Descendants().Where(item => item.Name.LocalName is "ProjectReference" or "PackageReference"))
        {
            var include = (string?)item.Attribute("Include") ?? "";
            var target = item.Name.LocalName == "PackageReference" ? include : Path.GetFileNameWithoutExtension(include);
            if ((string?)item.Attribute("ReferenceOutputAssembly") == "false")
            {
                target += " (process)";
            }

            if (!allowed.Contains(target))
            {
                yield return $"{name} -> {target}";
            }
        }
    }

    private static IEnumerable<string> Loosened(SourceFile file) =>
        from element in XDocument.Parse(file.Text).Descendants()
        where element.Name.LocalName is "TreatWarningsAsErrors" or "Nullable" or "EnforceCodeStyleInBuild" or "AnalysisLevel"
            or "ManagePackageVersionsCentrally" or "CentralPackageTransitivePinningEnabled"
        where element.Value is not ("true" or "enable" or "latest-recommended")
        select $"{file.Path}: {element.Name.LocalName}";

    /// <summary>Packages of the .NET release train whose 11.x drifts a .NET 10 build.</summary>
    private static IEnumerable<string> Elevens(string assets)
    {
        using var document = JsonDocument.Parse(assets);
        return document.RootElement.GetProperty("libraries").EnumerateObject().Select(library => library.Name)
            .Where(name => name.Contains("/11.", StringComparison.Ordinal))
            .Where(name => name.StartsWith("System.", StringComparison.Ordinal) || name.StartsWith("Microsoft.", StringComparison.Ordinal))
            .ToList();
    }
}
