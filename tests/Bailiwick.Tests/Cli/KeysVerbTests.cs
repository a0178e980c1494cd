using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Bailiwick.Tests.Silo;

namespace Bailiwick.Tests.Cli;

[SupportedOSPlatform("linux")]
public sealed class KeysVerbTests : IDisposable
{
    private readonly SiteFolder _site = new();

    [Fact]
    public void Authority_Made_SignsSilosAndNothingBelow()
    {
        using var authority = X509CertificateLoader.LoadCertificateFromFile(_site.At("keys", "ca.pem"));

        var basic = authority.Extensions.OfType<X509BasicConstraintsExtension>().Single();
        Assert.Equal((true, true, 0, true), (basic.CertificateAuthority, basic.HasPathLengthConstraint, basic.PathLengthConstraint, basic.Critical));
        Assert.Equal("1.2.840.10045.2.1", authority.GetKeyAlgorithm());
    }

    [Theory]
    [InlineData("keys/ca.key")]
    [InlineData("silo/silo.key")]
    public void Key_Written_IsItsOwnersAlone(string file) =>
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_site.At(file)));

    [Fact]
    public void Issue_WithJson_SaysNameAndLife()
    {
        var (exitCode, output, _) = SiteFolder.Keys(
            "issue", _site.At("json"), "--ca", _site.At("keys"), "--zone", "z1", "--node", "n1", "--role", "worker", "--role", "gateway",
            "--days", "7", "--output", "json");

        Assert.Equal(0, exitCode);
        var made = JsonDocument.Parse(output).RootElement;
        Assert.Equal("spiffe://bailiwick/zone/z1/node/n1/role/gateway+worker", made.GetProperty("uri").GetString());
        var life = made.GetProperty("not_after").GetDateTimeOffset() - made.GetProperty("not_before").GetDateTimeOffset();
        Assert.InRange(life.TotalDays, 7, 7.01);
    }

    [Fact]
    public void Files_ThatAreThere_AreNotOverwritten()
    {
        var before = File.ReadAllText(_site.At("keys", "ca.key"));

        var (exitCode, _, error) = SiteFolder.Keys("ca", _site.At("keys"));

        Assert.Equal(2, exitCode);
        Assert.Contains("is there already", error, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(_site.At("keys", "ca.key")));
    }

    [Fact]
    public void Issue_BeyondTheAuthoritysLife_IsRefused()
    {
        SiteFolder.Keys("ca", _site.At("short"), "--days", "10");

        var (exitCode, _, error) = SiteFolder.Keys(
            "issue", _site.At("late"), "--ca", _site.At("short"), "--zone", "z1", "--node", "n1", "--role", "worker");

        Assert.Equal(2, exitCode);
        Assert.Contains("give fewer --days", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_site.At("late")));
    }

    [Fact]
    public void Issue_UnderASilosCertificate_IsRefused()
    {
        Directory.CreateDirectory(_site.At("fake"));
        File.Copy(_site.At("silo", "silo.pem"), _site.At("fake", "ca.pem"));
        File.Copy(_site.At("silo", "silo.key"), _site.At("fake", "ca.key"));

        var (exitCode, output, _) = SiteFolder.Keys(
            "issue", _site.At("forged"), "--ca", _site.At("fake"), "--zone", "z1", "--node", "n1", "--role", "worker", "--output", "json");

        Assert.Equal(2, exitCode);
        Assert.Equal("ca.pem is not the certificate of an authority.", JsonDocument.Parse(output).RootElement.GetProperty("refused").GetString());
    }

    [Theory]
    [InlineData("--zone", "Z1", "--node", "n1", "--role", "worker")]
    [InlineData("--zone", "z1", "--node", "a/b", "--role", "worker")]
    [InlineData("--zone", "z1", "--node", "n1", "--role", "king")]
    [InlineData("--zone", "z1", "--node", "n1", "--role", "worker", "--role", "worker")]
    [InlineData("--zone", "z1", "--node", "n1")]
    [InlineData("--zone", "z1", "--node", "n1", "--role", "worker", "--days", "0")]
    [InlineData("--zone", "z1", "--node", "n1", "--role", "worker", "--days", "few")]
    [InlineData("--zone", "z1", "--node", "n1", "--role", "worker", "--days", "398")]
    public void Issue_WithWrongArguments_IsWrongUsage(params string[] arguments) =>
        Assert.Equal(1, SiteFolder.Keys("issue", [_site.At("wrong"), "--ca", _site.At("keys"), .. arguments]).ExitCode);

    public void Dispose() => _site.Dispose();
}
