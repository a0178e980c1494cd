using System.Text.Json;
using System.Text.Json.Nodes;
using Bailiwick.Benchmarks;

var options = new JsonSerializerOptions { WriteIndented = true };
switch (args)
{
    case ["cores", ..]:
        var figures = new JsonObject { ["evidence"] = await EvidenceCores.MeasureAsync(CancellationToken.None) };
        Console.WriteLine(figures.ToJsonString(options));
        return 0;
    default:
        Console.Error.WriteLine("usage: Bailiwick.Benchmarks cores");
        return 2;
}
