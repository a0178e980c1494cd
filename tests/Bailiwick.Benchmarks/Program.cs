using System.Text.Json;
using System.Text.Json.Nodes;
using Bailiwick.Benchmarks;

if (args is not ["cores"])
{
    Console.Error.WriteLine("usage: cores   (run from the repository root)");
    return 1;
}

var report = new JsonObject { ["residency"] = ResidencyCores.Measure(Path.Combine("tests", "fixtures", "residency")) };
Console.WriteLine(report.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
return 0;
