using System.Net.Sockets;
using System.Text.RegularExpressions;
using Npgsql;

namespace Bailiwick.Silo.Hosting;

/// <summary>
/// What a log line says of an exception: its types, a server's or a socket's own code, and where of ours it was met. Never its message,
/// which may repeat a value (an SQL server's does), or a request's words.
/// </summary>
internal static partial class ProblemPlace
{
    public static string Of(Exception problem)
    {
        var types = new List<string>();
        string? place = null;
        for (var one = problem; one is not null; one = one.InnerException)
        {
            types.Add(one switch
            {
                PostgresException refusal => $"{one.GetType().Name} {refusal.SqlState}",
                SocketException socket => $"{one.GetType().Name} {socket.SocketErrorCode}",
                _ => one.GetType().Name,
            });
            place ??= Ours().Match(one.StackTrace ?? "") is { Success: true } frame ? frame.Groups[1].Value : null;
        }

        return string.Join(" <- ", types) + (place is null ? "" : $" at {place}");
    }

    [GeneratedRegex(@"^   at (Bailiwick\.[^\s(]+)\(", RegexOptions.Multiline)]
    private static partial Regex Ours();
}
