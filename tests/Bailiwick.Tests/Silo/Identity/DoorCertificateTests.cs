using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Bailiwick.Cli.Verbs;
using Bailiwick.Silo.Api.Tls;
using Bailiwick.Silo.Hosting;
using Bailiwick.Tests.Silo.Api;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bailiwick.Tests.Silo.Identity;

/// <summary>The certificate of the doors, renewed while they are open.</summary>
public sealed class DoorCertificateTests : IDisposable
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    private readonly X509Certificate2 _authority = KeysAuthority.Create("site", Now.AddDays(-9), Now.AddDays(90));
    private readonly string _folder = Scratch.Folder();
    private readonly DoorFiles _files;

    public DoorCertificateTests() => _files = new DoorFiles(Path.Combine(_folder, "door.pem"), Path.Combine(_folder, "door.key"));

    [Fact]
    public async Task Door_WhoseFilesAreReplaced_ShowsTheNewCertificateAndKeepsItsConnections()
    {
        var first = Write(Issue());
        await using var host = await DoorHost.StartAsync(CallersModel.KeysOnly, Model());
        using var open = new HttpClient(new SocketsHttpHandler { SslOptions = Trusting() });
        Assert.Equal(first, await ShownAsync(host));
        open.DefaultRequestHeaders.Authorization = new("Bearer", host.Keyring.Add("inference"));
        await AskAsync(open, host);

        var second = Write(Issue());

        var since = TimeProvider.System.GetTimestamp();
        string shown;
        do
        {
            shown = await ShownAsync(host);
        }
        while (shown == first && TimeProvider.System.GetElapsedTime(since) < TimeSpan.FromSeconds(30));

        Assert.Equal(second, shown);
        await AskAsync(open, host);
    }

    public static TheoryData<string> Unusable => ["another key", "no PEM", "expired", "not yet", "key open to others", "no key file"];

    [Theory]
    [MemberData(nameof(Unusable))]
    public void Pair_ThatCannotBeUsed_LeavesTheOldOneAndIsTakenOnceItCan(string what)
    {
        var first = Write(Issue());
        var door = new DoorCertificate(Model(), TimeProvider.System, NullLogger<DoorCertificate>.Instance);
        using var next = Issue();
        using var bad = what switch
        {
            "expired" => Issue(Now.AddDays(-5), Now.AddDays(-1)),
            "not yet" => Issue(Now.AddDays(1), Now.AddDays(5)),
            _ => Issue(),
        };
        Write(bad);
        switch (what)
        {
            case "another key":
                File.WriteAllText(_files.Certificate, next.ExportCertificatePem());
                break;
            case "no PEM":
                File.WriteAllText(_files.Certificate, "half of it");
                break;
            case "key open to others":
                File.SetUnixFileMode(_files.Key, UnixFileMode.UserRead | UnixFileMode.OtherRead);
                break;
            case "no key file":
                File.Delete(_files.Key);
                break;
        }

        door.Refresh();
        Assert.Equal(first, Serial(door));
        if (what == "key open to others")
        {
            File.Delete(_files.Key);
        }

        var second = Write(next);
        door.Refresh();
        Assert.Equal(second, Serial(door));
    }

    [Fact]
    public void Chain_BehindTheCertificate_IsShownWithIt()
    {
        using var middle = KeysAuthority.Create("middle", Now, Now.AddDays(9));
        using var certificate = KeysAuthority.IssueDoor(middle, ["127.0.0.1"], Now, Now.AddDays(1));
        Write(certificate);
        File.AppendAllText(_files.Certificate, middle.ExportCertificatePem());

        var pair = Model().Pair;

        Assert.Equal(certificate.SerialNumber, pair.Certificate.SerialNumber);
        Assert.Equal([middle.SerialNumber], pair.Chain.Select(one => one.SerialNumber));
    }

    public void Dispose() => _authority.Dispose();

    private X509Certificate2 Issue(DateTimeOffset? from = null, DateTimeOffset? until = null) =>
        KeysAuthority.IssueDoor(_authority, ["127.0.0.1"], from ?? Now.AddHours(-1), until ?? Now.AddDays(1));

    /// <returns>Its serial number.</returns>
    private string Write(X509Certificate2 certificate)
    {
        File.WriteAllText(_files.Certificate, certificate.ExportCertificatePem() + "\n");
        using var key = certificate.GetECDsaPrivateKey()!;
        File.WriteAllText(_files.Key, key.ExportPkcs8PrivateKeyPem());
        File.SetUnixFileMode(_files.Key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return certificate.SerialNumber;
    }

    private TlsModel Model()
    {
        var faults = new List<string>();
        var pair = SiloFiles.LoadPair(_files.Certificate, _files.Key, TlsModel.Setting, faults);
        Assert.Empty(faults);
        return new TlsModel(pair!, ClientCertificateUse.None, _authority) { Files = _files };
    }

    private SslClientAuthenticationOptions Trusting() => new() { TargetHost = "127.0.0.1", CertificateChainPolicy = ClientCertificates.Policy(_authority) };

    private async Task<string> ShownAsync(DoorHost host)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", host.Listen.Http);
        await using var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsClientAsync(Trusting());
        return ((X509Certificate2)tls.RemoteCertificate!).SerialNumber;
    }

    private static async Task AskAsync(HttpClient client, DoorHost host)
    {
        using var answer = await client.GetAsync(host.At(host.Listen.Http, "/v1/models"));
        Assert.True(answer.IsSuccessStatusCode, answer.StatusCode.ToString());
    }

    private static string Serial(DoorCertificate door) => door.Context.TargetCertificate.SerialNumber;
}
