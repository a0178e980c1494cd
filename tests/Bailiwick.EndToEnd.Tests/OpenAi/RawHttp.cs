using System.Net.Sockets;
using System.Text;

namespace Bailiwick.EndToEnd.Tests.OpenAi;

/// <summary>What came back over one connection, until it closed.</summary>
/// <param name="Status">0 where nothing came.</param>
/// <param name="Head">Status line and headers.</param>
/// <param name="Body">As framed, chunk sizes included.</param>
internal sealed record RawAnswer(int Status, string Head, string Body);

/// <summary>A client that sends exactly the bytes it is given.</summary>
internal static class RawHttp
{
    public static string Post(string path, string headers, string body) => Request("POST", path, headers, body);

    public static string Request(string method, string path, string headers, string body) =>
        $"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {ScriptedDoor.Key}\r\nConnection: close\r\n" +
        $"Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n{headers}\r\n{body}";

    public static Task<RawAnswer> SendAsync(Uri address, string request, CancellationToken cancellationToken) =>
        SendAsync(address, [Encoding.UTF8.GetBytes(request)], cancellationToken);

    /// <summary>Sends the parts, then reads until the server closes.</summary>
    public static async Task<RawAnswer> SendAsync(Uri address, IEnumerable<byte[]> parts, CancellationToken cancellationToken)
    {
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(address.Host, address.Port, cancellationToken);
        var stream = client.GetStream();
        foreach (var part in parts)
        {
            await stream.WriteAsync(part, cancellationToken);
        }

        return await ReadAsync(stream, cancellationToken);
    }

    private static async Task<RawAnswer> ReadAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        using var all = new MemoryStream();
        try
        {
            await stream.CopyToAsync(all, cancellationToken);
        }
        catch (IOException) when (all.Length > 0)
        {
            // A server that has answered before it had the whole body may reset the connection afterwards.
        }

        var text = Encoding.UTF8.GetString(all.ToArray());
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        return end < 0
            ? new RawAnswer(0, text, "")
            : new RawAnswer(int.Parse(text.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture), text[..end], text[(end + 4)..]);
    }
}
