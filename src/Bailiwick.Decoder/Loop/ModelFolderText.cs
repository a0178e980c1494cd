using Bailiwick.Protocol;
using Bailiwick.Text;
using Bailiwick.Text.Templates;
using Bailiwick.Text.Tokens;

namespace Bailiwick.Decoder.Loop;

/// <summary>Reads the text files of a model folder: tokenizer.json, tokenizer_config.json, chat_template.jinja.</summary>
internal static class ModelFolderText
{
    // Above what the readers themselves accept, so that theirs is the sentence; this only keeps memory bounded.
    private const long LargestFile = 256L * 1024 * 1024;

    /// <param name="directory">Full path; its files are untrusted.</param>
    /// <exception cref="DecoderProblemException">The sentence names the file and the reason.</exception>
    internal static ITurnText Load(string directory)
    {
        var tokenizerPath = Path.Combine(directory, "tokenizer.json");
        var tokenizer = ReadIfPresent(tokenizerPath) ?? throw Refused(tokenizerPath, "there is no such file");
        var config = ReadIfPresent(Path.Combine(directory, "tokenizer_config.json"));
        var templatePath = Path.Combine(directory, "chat_template.jinja");
        var template = ReadIfPresent(templatePath) is { } bytes ? System.Text.Encoding.UTF8.GetString(bytes) : null;
        try
        {
            return new ModelTurnText(ModelText.Load(tokenizer, config is null ? null : (ReadOnlyMemory<byte>?)config, template));
        }
        catch (Exception problem) when (problem is TokenizerFormatException or TokenizerLimitException)
        {
            throw Refused(tokenizerPath, problem.Message.TrimEnd('.'));
        }
        catch (TemplateNotSupportedException problem)
        {
            throw Refused(template is null ? Path.Combine(directory, "tokenizer_config.json") : templatePath, problem.Message.TrimEnd('.'));
        }
    }

    private static byte[]? ReadIfPresent(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            return null;
        }

        if (file.LinkTarget is not null)
        {
            throw Refused(path, "it is a link");
        }

        return file.Length <= LargestFile
            ? File.ReadAllBytes(path)
            : throw Refused(path, $"it has {file.Length} bytes, at most {LargestFile} are read");
    }

    private static DecoderProblemException Refused(string path, string reason) =>
        new(Errors.Invalid, $"{path} was refused: {reason}.");
}
