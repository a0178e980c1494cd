using Bailiwick.Models.Families;
using Bailiwick.Models.Gguf;
using Bailiwick.Models.Onnx;
using Bailiwick.Models.Safetensors;
using Bailiwick.Models.Weights;

namespace Bailiwick.Models.Import;

/// <summary>Writes the files of a build from each published form.</summary>
internal static class SourceBuild
{
    /// <summary>Writes a GenAI folder and returns the build's context in tokens.</summary>
    /// <exception cref="BadModelException">The source is refused.</exception>
    public static int Write(
        ModelSource source, string folder, ImportOptions options, IProgress<ImportProgress> progress, CancellationToken cancel) => source.Form switch
        {
            SourceForm.Gguf => FromGguf(source, folder, options, progress, cancel),
            SourceForm.Checkpoint => FromCheckpoint(source, folder, options, progress, cancel),
            _ => GenAiFolder.Copy(source, folder, options),
        };

    private static int FromGguf(
        ModelSource source, string folder, ImportOptions options, IProgress<ImportProgress> progress, CancellationToken cancel)
    {
        using var file = GgufFile.Open(source.Files[0].Path);
        if (options.Precision is not null)
        {
            throw new BadModelException(file.Name,
                "is a GGUF file, whose weights are built as they are stored; leave the precision out");
        }

        var decoder = ModelFamilies.FromGguf(file, options.ContextTokens);
        var vocabulary = GgufVocabulary.Read(file);
        EnsureRows(file.Name, decoder, vocabulary.Tokens.Count - 1);
        var tokens = Tokens(file.Name, vocabulary);
        TokenizerJson.Write(folder, vocabulary);
        TokenizerConfigJson.Write(folder, vocabulary, decoder.ContextTokens);
        GenAiConfigJson.Write(folder, decoder, tokens, options.Threads);
        Graph(folder, decoder, options, WeightPrecision.AsStored, progress, cancel);
        return decoder.ContextTokens;
    }

    private static int FromCheckpoint(
        ModelSource source, string folder, ImportOptions options, IProgress<ImportProgress> progress, CancellationToken cancel)
    {
        var config = JsonFields.Read(Path.Combine(source.Folder, "config.json"), CheckpointTokenizer.MaxConfigBytes);
        using var weights = SafetensorsCheckpoint.Open(source.Folder);
        var decoder = ModelFamilies.FromCheckpoint(config, weights, options.ContextTokens);
        var tokenizer = CheckpointTokenizer.Read(source);
        EnsureRows(config.File, decoder, tokenizer.LargestId);
        var tokens = tokenizer.Tokens(config);
        tokenizer.Write(folder);
        GenAiConfigJson.Write(folder, decoder, tokens, options.Threads);
        Graph(folder, decoder, options, options.Precision ?? WeightPrecision.Int4, progress, cancel);
        return decoder.ContextTokens;
    }

    private static void Graph(
        string folder, DecoderDescription decoder, ImportOptions options, WeightPrecision precision,
        IProgress<ImportProgress> progress, CancellationToken cancel) =>
        DecoderGraph.Write(
            folder, decoder, new GraphOptions(new WeightPolicy(precision, options.AccuracyLevel), options.PrunedHead),
            done => progress.Report(new ImportProgress(ImportPhase.Building, done, decoder.Layers.Count)), cancel);

    private static GenerationTokens Tokens(string file, VocabularyData vocabulary)
    {
        if (vocabulary.EndOfAnswer.Count == 0)
        {
            throw new BadModelException(file, "names no token that ends an answer (tokenizer.ggml.eos_token_id)");
        }
        var controls = Enumerable.Range(0, vocabulary.Tokens.Count)
            .Where(id => vocabulary.Kinds[id] == TokenKind.Control)
            .ToDictionary(id => id, id => vocabulary.Tokens[id]);
        return GenerationTokens.Choose(
            vocabulary.Bos, vocabulary.EndOfAnswer, [vocabulary.Padding, vocabulary.Unknown], controls, vocabulary.ChatTemplate);
    }

    // An id beyond the logits could never be chosen, and one beyond the embedding would read outside it.
    private static void EnsureRows(string file, DecoderDescription decoder, int largestId)
    {
        if (largestId >= decoder.Vocabulary)
        {
            throw new BadModelException(file,
                $"has a token with the id {largestId}, but embeds only {decoder.Vocabulary} tokens");
        }
    }
}
