using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Bailiwick.Protocol.Decoder;

/// <summary>The sandboxed check of a model folder's tokenizer and template, both of which are untrusted.</summary>
public static class DecoderCheck
{
    private const int MaxVerdictCharacters = 1024 * 1024;

    /// <summary>Managed memory of a check, bytes: the largest published tokenizer needs about 300 MB.</summary>
    private const long HeapLimit = 2L << 30;

    /// <summary>Starts a decoder that loads tokenizer and template of a folder, isolated, and says what it found.</summary>
    /// <param name="folder">A GenAI folder.</param>
    /// <param name="executable">The decoder's file; null = see <see cref="DecoderLocator"/>.</param>
    /// <param name="isolate">False only where policy allows a decoder without namespaces.</param>
    /// <param name="limit">After this the check is killed and the folder refused.</param>
    /// <param name="time">For the limit.</param>
    /// <param name="logger">Gets the decoder's stderr.</param>
    /// <param name="cancellationToken">Kills the check.</param>
    /// <exception cref="FileNotFoundException">There is no decoder executable.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public static async Task<DecoderVerdict> RunAsync(
        string folder, string? executable, bool isolate, TimeSpan limit, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(logger);
        var options = new DecoderLinkOptions
        {
            Load = new V1.Load(),
            Executable = executable,
            Isolate = isolate,
            Environment = new Dictionary<string, string> { ["DOTNET_GCHeapHardLimit"] = $"0x{HeapLimit:x}" },
        };
        string[] arguments = isolate ? ["--check", Path.GetFullPath(folder)] : ["--check", Path.GetFullPath(folder), "--allow-unisolated"];
        using var bound = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(bound.Token, cancellationToken);
        try
        {
            using var process = Process.Start(DecoderStartInfo.Of(options, arguments)) ?? throw new Win32Exception("no process was started");
            return await ReadAsync(process, logger, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Refused($"The check of tokenizer and template took longer than {limit.TotalSeconds:0.#} s and was ended.");
        }
        catch (Win32Exception problem)
        {
            return Refused($"The check of tokenizer and template cannot be started: {problem.Message}.");
        }
    }

    private static async Task<DecoderVerdict> ReadAsync(Process process, ILogger logger, CancellationToken cancellationToken)
    {
        try
        {
            process.StandardInput.Close();
            var stderr = StderrPump.RunAsync(process.StandardError, logger, process.Id);
            var verdict = await ReadBoundedAsync(process.StandardOutput, cancellationToken).ConfigureAwait(false);
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            await stderr.ConfigureAwait(false);
            return Parse(verdict) ?? Refused($"The check of tokenizer and template ended with exit code {process.ExitCode} and without a verdict.");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    private static async Task<string> ReadBoundedAsync(StreamReader reader, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        var block = new char[4096];
        int read;
        while ((read = await reader.ReadAsync(block.AsMemory(), cancellationToken).ConfigureAwait(false)) > 0 && text.Length < MaxVerdictCharacters)
        {
            text.Append(block, 0, read);
        }

        return text.ToString();
    }

    private static DecoderVerdict? Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<DecoderVerdict>(text, DecoderVerdict.Json);
        }
        catch (JsonException)
        {
            // Not ours to quote: the file under check may have made it. The caller says that there is no verdict.
            return null;
        }
    }

    private static DecoderVerdict Refused(string sentence) => new(false, sentence, false, []);
}
