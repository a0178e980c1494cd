using System.Reflection;
using Bailiwick.Residency;
using Bailiwick.Residency.Decisions;
using Bailiwick.Residency.Epochs;
using Bailiwick.Residency.Requests;

namespace Bailiwick.Tests.Residency;

/// <summary>The type barrier: no admitted payload but through the guard.</summary>
public sealed class GuardTests
{
    private static readonly PolicySnapshot Federation = Corpus.Snapshot("policies/02-federation.yaml");
    private static readonly Label Internal = new("eu.de", "internal", "service-provision", "bmi");
    private static readonly Destination Berlin = new("silo", "de-berlin-1", "certificate");

    [Fact]
    public void Admitted_ItsType_HasNoPublicOrProtectedConstructor()
    {
        Assert.True(typeof(Admitted<>).IsSealed);
        Assert.All(
            typeof(Admitted<>).GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic),
            constructor => Assert.True(constructor.IsAssembly, $"{constructor} can be called from outside"));
    }

    [Fact]
    public void Admitted_WholeAssembly_IsConstructedByGuardAlone()
    {
        var constructing = typeof(Guard).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(Everything).Cast<MethodBase>().Concat(type.GetConstructors(Everything)))
            .Where(ConstructsAdmitted)
            .Select(method => Outermost(method.DeclaringType!))
            .Distinct();
        Assert.Equal([typeof(Guard)], constructing);
        Assert.DoesNotContain(
            typeof(Guard).Assembly.GetCustomAttributesData(), a => a.AttributeType.Name == "InternalsVisibleToAttribute");
    }

    [Fact]
    public void Admit_DeniedRequest_GivesNoPayload()
    {
        var admission = new Guard(Federation).Admit("prompt", Facts(new Place("roaming", "certificate")));
        Assert.Null(admission.Payload);
        Assert.IsType<RefusedPlan>(admission.Plan);
    }

    [Fact]
    public void MayReach_AdmittedPayload_OnlyWhatThePlanAllows()
    {
        var payload = new Guard(Federation).Admit("prompt", Facts(new Place("de-offices", "certificate"))).Payload!;
        Assert.True(payload.MayReach(Berlin));
        Assert.False(payload.MayReach(Berlin with { ProvenBy = "attestation" }));
        Assert.False(payload.MayReach(Berlin with { Zone = "de-bonn-1" }));
        Assert.False(payload.MayReach(Berlin with { Kind = "export" }));
    }

    [Theory]
    [InlineData(3, null, EpochVerdict.StaleEpoch)]
    [InlineData(5, null, EpochVerdict.UnknownEpoch)]
    [InlineData(4, "00", EpochVerdict.EpochConflict)]
    public void Receive_PermitOfAnotherPolicy_GivesNoPayload(long epoch, string? digest, EpochVerdict expected)
    {
        var permit = new Permit(epoch, digest ?? Federation.Permit.Digest);
        var reception = new Guard(Federation).Receive("prompt", LabelPair.Of(Internal), permit, Berlin);
        Assert.Equal((null, expected, null), (reception.Payload, reception.Permit, reception.Decision));
    }

    [Fact]
    public void Receive_AtThisNode_DecidesForThisPlaceAgain()
    {
        var guard = new Guard(Federation);
        var here = guard.Receive("prompt", LabelPair.Of(Internal), Federation.Permit, Berlin);
        Assert.True(here.Payload!.MayReach(Berlin));
        Assert.False(here.Payload.MayReach(Berlin with { Zone = "de-bonn-1" }));
        var abroad = guard.Receive("prompt", LabelPair.Of(Internal), Federation.Permit, Berlin with { Zone = "roaming" });
        Assert.Null(abroad.Payload);
        Assert.Equal(["!no-match"], abroad.Decision!.Rules);
    }

    [Fact]
    public void Verdict_DefaultValue_Denies()
    {
        Assert.False(default(Verdict).IsAllowed);
        Assert.Throws<InvalidOperationException>(() => default(Verdict).ToDecision());
    }

    private const BindingFlags Everything =
        BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static RequestFacts Facts(Place caller) => new()
    {
        Credential = Internal,
        Caller = caller,
        Silos = [new Place("de-berlin-1", "certificate")],
    };

    /// <summary>Looks for `newobj` in the method's code.</summary>
    private static bool ConstructsAdmitted(MethodBase method)
    {
        var code = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        for (var i = 0; i + 4 < code.Length; i++)
        {
            if (code[i] == System.Reflection.Emit.OpCodes.Newobj.Value && Resolve(method, BitConverter.ToInt32(code, i + 1)) is { DeclaringType: { IsGenericType: true } type }
                && type.GetGenericTypeDefinition() == typeof(Admitted<>))
            {
                return true;
            }
        }

        return false;
    }

    private static MethodBase? Resolve(MethodBase method, int token)
    {
        try
        {
            return method.Module.ResolveMethod(
                token,
                method.DeclaringType is { IsGenericType: true } type ? type.GetGenericArguments() : null,
                method.IsGenericMethod ? method.GetGenericArguments() : null);
        }
        catch (Exception e) when (e is ArgumentException or BadImageFormatException)
        {
            // Four bytes that only look like a token.
            return null;
        }
    }

    private static Type Outermost(Type type) => type.DeclaringType is { } outer ? Outermost(outer) : type;
}
