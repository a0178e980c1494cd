using System.Text.Json;
using System.Text.Json.Nodes;
using Bailiwick.Benchmarks;
using Bailiwick.Benchmarks.Decode;
using Bailiwick.Benchmarks.Shards;
using Bailiwick.Benchmarks.Doors;

JsonObject? figures = args switch
{
    ["decode", var model, var gguf, var llama] => await DecodeBenchmark.MeasureAsync(model, gguf, llama, CancellationToken.None),
    ["frames"] => await FrameBenchmark.MeasureAsync(CancellationToken.None),
    ["shards"] => await ShardBenchmark.MeasureAsync(CancellationToken.None),
    ["path", "model", var site, var silo, var build, .. var trial] =>
        await PathBenchmark.MeasureAsync(RunningSite.Read(site, int.Parse(silo)), build, trial is ["--trial"], CancellationToken.None),
    ["path", "load", var site, var silo, var profile, .. var trial] =>
        await LoadBenchmark.MeasureAsync(RunningSite.Read(site, int.Parse(silo)), profile, trial is ["--trial"] ? 1 : 20, CancellationToken.None),
    ["path", "conversation", var site, var silo, .. var trial] =>
        await ConversationBenchmark.MeasureAsync(RunningSite.Read(site, int.Parse(silo)), trial is ["--trial"] ? 1 : 5, CancellationToken.None),
    ["records", var configuration] => await RecordBenchmark.MeasureAsync(configuration, CancellationToken.None),
    ["cores"] => new JsonObject
    {
        ["residency"] = ResidencyCores.Measure(Path.Combine("tests", "fixtures", "residency")),
        ["evidence"] = await EvidenceCores.MeasureAsync(CancellationToken.None),
    },
    _ => null,
};
if (figures is null)
{
    Console.Error.WriteLine("""
        usage (from the repository root): dotnet run -c Release --project tests/Bailiwick.Benchmarks -- SUITE
          decode BUILD GGUF LLAMA   our decoder through its frames, bare GenAI, raw ONNX Runtime, llama.cpp: one stream.
                                    tests/Bailiwick.Benchmarks/decode.sh finds the three paths and runs this.
          frames                    what a token costs on its way through the frames: CPU of both processes
          shards                    what a token costs from a worker's decoder to a gateway's turn, over the bare link
          path model SITE PID BUILD [--trial], path conversation SITE PID [--trial], path load SITE PID PROFILE [--trial]
                                    what door, turn, records and grain add to the bare decoder: CPU, first token, latency
                                    at 200 requests/s; first token of turns 1 to 10 of a kept conversation.
                                    tests/Bailiwick.Benchmarks/path.sh brings up the silos and runs all.
          records CONFIG            group commit into a throw-away site's log: `bailiwick up --data FOLDER`, then
                                    records FOLDER/nodes/n1/silo.json
          cores                     residency decisions and diff; tree, proofs, packs
        """);
    return 2;
}

Console.WriteLine(figures.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
return 0;
