using System.Text;
using Bailiwick.Protocol;
using Bailiwick.Silo.Api.Auth;
using Bailiwick.Silo.Turns;
using Bailiwick.Tests.Silo.Api;
using Bailiwick.Tests.Silo.Turns;

namespace Bailiwick.Tests.Silo.Identity;

/// <summary>Whether a request that is under way may go on: by everything that let it in.</summary>
public sealed class CallerStandingTests
{
    private const string Pseudonym = "c-0123456789abcdef0123456789abcdef";
    private static readonly string Fingerprint = "sha256:" + new string('a', 64);

    private readonly ScriptedKeyring _keyring = new();
    private RevokedCallers? _revoked = RevokedCallers.None;

    [Fact]
    public void Key_GoneFromTheRing_EndsItsCaller()
    {
        var secret = _keyring.Add("inference");
        var caller = Caller(_keyring.Find(secret)!.Id);
        Assert.Null(Fault(caller));

        _keyring.Remove(secret);

        Assert.Equal(Errors.Unauthenticated, Fault(caller)!.Row);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Certificate_ListedByEitherOfItsNames_EndsWhoeverShowedIt(bool byName)
    {
        var callers = new[] { Caller(Pseudonym, Fingerprint), Caller(_keyring.Find(_keyring.Add("inference"))!.Id, Fingerprint, Pseudonym) };
        Assert.All(callers, caller => Assert.Null(Fault(caller)));

        Assert.True(RevokedCallers.TryRead(Encoding.UTF8.GetBytes(byName ? Pseudonym : Fingerprint), out _revoked, out _));

        Assert.All(callers, caller => Assert.NotNull(Fault(caller)));
    }

    [Fact]
    public void List_ThatCannotBeRead_EndsThoseWhomItCouldName()
    {
        _revoked = null;

        Assert.NotNull(Fault(Caller("u-0123456789abcdef0123456789abcdef")));
        Assert.Null(Fault(Caller(_keyring.Find(_keyring.Add("inference"))!.Id)));
    }

    [Fact]
    public void Probe_OfTheGateway_StandsAlways()
    {
        _revoked = null;
        var probe = ProbeTurn.Of(
            TurnScript.GuardOf(TurnScript.Policy.Replace("purposes: [service-provision", "purposes: [probe", StringComparison.Ordinal)),
            TurnScript.Boundary, "de-1", new Bailiwick.Silo.Shards.ReplicaSnapshot([TurnScript.Model("n1")]), TimeSpan.FromSeconds(1));

        Assert.Null(Fault(probe.Caller!));
    }

    private Bailiwick.Silo.Hosting.Refusal? Fault(Caller caller) => new CallerStanding(_keyring, () => _revoked).Fault(caller);

    private static Caller Caller(params string[] proofs) => TurnScript.Caller with { KeyId = proofs[0], Proofs = proofs };
}
