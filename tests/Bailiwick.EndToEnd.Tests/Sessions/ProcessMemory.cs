using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Bailiwick.EndToEnd.Tests.Sessions;

/// <summary>What a child process of this one has in writable memory: heaps of every kind, stacks, pools.</summary>
internal static class ProcessMemory
{
    private const int Piece = 1 << 20;

    /// <summary>Places that hold a word, as .NET's strings (UTF-16) or as bytes (UTF-8).</summary>
    public static IReadOnlyList<MemoryPlace> Find(int process, string word)
    {
        byte[][] spellings = [Encoding.Unicode.GetBytes(word), Encoding.UTF8.GetBytes(word)];
        var longest = spellings.Max(spelling => spelling.Length);
        var buffer = new byte[Piece + longest];
        var found = new List<MemoryPlace>();
        using var memory = File.OpenHandle($"/proc/{process}/mem");
        foreach (var (from, to) in Writable(process))
        {
            for (var at = from; at < to; at += Piece)
            {
                // Pieces overlap, so that no word is cut; one that begins in the overlap is the next piece's.
                var length = Read(memory, buffer.AsSpan(0, (int)Math.Min(Piece + longest - 1, to - at)), at);
                foreach (var spelling in spellings)
                {
                    for (var place = 0; buffer.AsSpan(place, length - place).IndexOf(spelling) is >= 0 and var next && place + next < Piece; place += spelling.Length)
                    {
                        place += next;
                        found.Add(new MemoryPlace(spelling.Length == word.Length ? "utf-8" : "utf-16", Around(buffer, length, place, spelling.Length)));
                    }
                }
            }
        }

        return found;
    }

    private static IEnumerable<(long From, long To)> Writable(int process) =>
        from line in File.ReadLines($"/proc/{process}/maps")
        let columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        where columns[1].StartsWith("rw", StringComparison.Ordinal) && !columns[^1].StartsWith("[vv", StringComparison.Ordinal)
        let range = columns[0].Split('-').Select(end => long.Parse(end, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToArray()
        select (range[0], range[1]);

    /// <returns>Bytes read; none where the region is gone or was never touched.</returns>
    private static int Read(SafeFileHandle memory, Span<byte> target, long at)
    {
        try
        {
            return RandomAccess.Read(memory, target, at);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    /// <summary>What stands before and behind, for a reader who looks for its owner.</summary>
    private static string Around(byte[] buffer, int length, int place, int size)
    {
        var (from, to) = (Math.Max(0, place - 96), Math.Min(length, place + size + 64));
        return string.Concat(buffer[from..to].Where(one => one != 0).Select(one => one is >= 32 and < 127 ? (char)one : '.'));
    }
}

/// <param name="Spelling">utf-16 or utf-8.</param>
/// <param name="Around">Bytes around it.</param>
internal sealed record MemoryPlace(string Spelling, string Around);
