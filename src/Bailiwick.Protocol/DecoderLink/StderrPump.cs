using System.Text;
using Microsoft.Extensions.Logging;

namespace Bailiwick.Protocol.Decoder;

/// <summary>Passes a decoder's stderr to the log, line by line; lines are bounded, since a crash may write anything.</summary>
internal static class StderrPump
{
    private const int MaxLine = 1000;

    public static async Task RunAsync(StreamReader stderr, ILogger logger, int pid)
    {
        var line = new StringBuilder(MaxLine);
        var block = new char[1024];
        int read;
        while ((read = await stderr.ReadAsync(block.AsMemory(), CancellationToken.None).ConfigureAwait(false)) > 0)
        {
            foreach (var character in block.AsMemory(0, read).ToArray())
            {
                if (character == '\n')
                {
                    Flush(line, logger, pid);
                }
                else if (line.Length < MaxLine)
                {
                    line.Append(char.IsControl(character) ? ' ' : character);
                }
            }
        }

        Flush(line, logger, pid);
    }

    private static void Flush(StringBuilder line, ILogger logger, int pid)
    {
        if (line.Length > 0)
        {
            Log.DecoderSays(logger, pid, line.ToString());
            line.Clear();
        }
    }
}
