using Bailiwick.Benchmarks.Decode;

return args switch
{
    ["decode", .. var rest] => await DecodeBenchmark.RunAsync(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        usage: dotnet run -c Release --project tests/Bailiwick.Benchmarks -- SUITE
          decode   our decoder through its frames, bare GenAI, raw ONNX Runtime, llama.cpp; one stream, medians of five
        """);
    return 2;
}
