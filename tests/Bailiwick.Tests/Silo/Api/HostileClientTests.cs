using System.Net.Sockets;
using System.Text;
using Bailiwick.Protocol.Inference.V1;

namespace Bailiwick.Tests.Silo.Api;

/// <summary>Clients that mean harm: the door answers or hangs up, and goes on answering everyone else.</summary>
public sealed class HostileClientTests : IAsyncLifetime
{
    private const byte HeadersFrame = 1;
    private const byte ResetFrame = 3;
    private const byte SettingsFrame = 4;
    private const byte EndOfStreamAndHeaders = 0x5;

    private DoorHost _host = null!;

    public async Task InitializeAsync() => _host = await DoorHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    /// <summary>CVE-2023-44487: streams that are opened and reset as fast as they can be written.</summary>
    [Fact]
    public async Task Grpc_RapidReset_LosesItsConnectionAndTheDoorLives()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(_host.Listen.Address, _host.Listen.Grpc);
        var stream = client.GetStream();
        await stream.WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray());
        await stream.WriteAsync(Frame(SettingsFrame, 0, 0, []));

        await Assert.ThrowsAsync<IOException>(async () =>
        {
            for (var id = 1; id < 2_000_000; id += 2)
            {
                await stream.WriteAsync(Frame(HeadersFrame, EndOfStreamAndHeaders, id, Request()));
                await stream.WriteAsync(Frame(ResetFrame, 0, id, [0, 0, 0, 8]));
            }
        });

        await AnswersAsync();
    }

    [Fact]
    public async Task Http_HeadersByteByByte_AreCutOffAndTheDoorLives()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(_host.Listen.Address, _host.Listen.Http);
        var stream = client.GetStream();
        await stream.WriteAsync("GET / HTTP/1.1\r\nHost: x\r\nX: "u8.ToArray());

        // It never ends its headers; the door answers 408 and closes.
        var answer = await ReadToEndAsync(stream);

        Assert.StartsWith("HTTP/1.1 408 ", answer, StringComparison.Ordinal);
        await AnswersAsync();
    }

    [Fact]
    public async Task Http_TwoAuthorizationHeaders_AreNoCaller()
    {
        var secret = _host.Keyring.Add("inference");
        using var client = new TcpClient();
        await client.ConnectAsync(_host.Listen.Address, _host.Listen.Http);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"GET /v1/models HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {secret}\r\nAuthorization: Bearer {secret}\r\nConnection: close\r\n\r\n"));

        Assert.StartsWith("HTTP/1.1 401 ", await ReadToEndAsync(stream), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff\xff\xff\xff\xff\xff\xff")]
    public async Task Grpc_OfNoHttp2_HangsUpAndTheDoorLives(string text)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(_host.Listen.Address, _host.Listen.Grpc);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(text));

        await ReadToEndAsync(stream);

        await AnswersAsync();
    }

    private async Task AnswersAsync() =>
        Assert.Single((await new InferenceService.InferenceServiceClient(_host.Channel)
            .ListModelsAsync(new ListModelsRequest(), _host.As("inference"))).Models);

    /// <summary>All until the other side closes; a reset is an end too.</summary>
    private static async Task<string> ReadToEndAsync(NetworkStream stream)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        var all = new MemoryStream();
        try
        {
            await stream.CopyToAsync(all, patience.Token);
        }
        catch (IOException)
        {
            // Closed with bytes unread.
        }

        return Encoding.Latin1.GetString(all.ToArray());
    }

    /// <summary>HPACK (RFC 7541): POST, http, a path and an authority, none of them compressed.</summary>
    private static byte[] Request() =>
        [0x83, 0x86, 0x04, 0x05, .. "/a/bc"u8, 0x01, 0x01, .. "x"u8];

    private static byte[] Frame(byte type, byte flags, int stream, ReadOnlySpan<byte> payload) =>
    [
        (byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length, type, flags,
        (byte)(stream >> 24), (byte)(stream >> 16), (byte)(stream >> 8), (byte)stream, .. payload,
    ];
}
