using System.Text;
using System.Text.Json;
using Bailiwick.Silo.Api.Tokens;
using Bailiwick.Tests.Evidence;

namespace Bailiwick.Tests.Silo.Identity;

/// <summary>C2SP's Wycheproof vectors over the signature layer: form, key set, signature. Their payloads are no claims.</summary>
[Trait("Category", "Jose")]
public sealed class WycheproofTests
{
    private static readonly string[] Allowed = [TokenKey.Rs256, TokenKey.Es256, TokenKey.EdDsa];

    [VectorsFact]
    public void Jws_EachOfTheFile_GetsItsVerdict()
    {
        var vectors = VectorFile.Public("jose", "wycheproof-jws.json");
        var groups = vectors.Items("groups").Select(group => $$"""{"keys": [{{group.GetProperty("key").GetRawText()}}]}""").ToList();

        var verdicts = vectors.Items("tests")
            .Select(test => (Id: $"{test.Number("tcId")} {test.Text("comment")}", Accepted: Verifies(groups[(int)test.Number("group")], test.Text("jws")),
                Expected: test.Text("bearer") == "signature-ok"))
            .ToList();

        Assert.Empty(verdicts.Where(one => one.Accepted != one.Expected).Select(one => one.Id));
        Assert.Equal((144, 10), (verdicts.Count, verdicts.Count(one => one.Accepted)));
    }

    [VectorsFact]
    public void KeySets_AmbiguousOrMixed_VerifyNothingThatIsInvalid()
    {
        var tests = VectorFile.Public("jose", "wycheproof-jwk.json").Items("testGroups")
            .SelectMany(group => group.Items("tests").Select(test => (Set: (group.TryGetProperty("public", out var keys) ? keys : group.GetProperty("private")).GetRawText(), Test: test)))
            .ToList();

        Assert.Contains(tests, one => one.Test.Text("result") == "valid" && Verifies(one.Set, one.Test.Text("jws")));
        Assert.Empty(tests.Where(one => one.Test.Text("result") == "invalid" && Verifies(one.Set, one.Test.Text("jws"))).Select(one => one.Test.Text("comment")));
    }

    /// <summary>A signature with r = 5, which no signer makes and which OpenSSL 3.0 takes for a bad one. What is wrongly refused lets nobody in.</summary>
    private const string RefusedByOpenSsl = "253 r = 5, x = 5 is valid";

    [VectorsTheory]
    [InlineData("es256", "ES256", 74)]
    [InlineData("rs256", "RS256", 37)]
    [InlineData("ed25519", "EdDSA", 59)]
    public void Signatures_EachOfTheFile_GetTheirVerdict(string file, string algorithm, int count)
    {
        var vectors = VectorFile.Public("jose", $"wycheproof-{file}.json");
        var sets = vectors.Items("keys").Select(key => $$"""{"keys": [{{key.GetRawText()}}]}""").ToList();

        // What a JWS signs has a dot in it: the library takes no empty input.
        var verdicts = vectors.Items("tests").Where(test => test.Text("msg").Length > 0).Select(test =>
        {
            var verifies = KeySet.TryRead(Encoding.UTF8.GetBytes(sets[(int)test.Number("key")]), [algorithm], out var keys, out _)
                && keys.Values.Single().Verifies(Convert.FromHexString(test.Text("msg")), Convert.FromHexString(test.Text("sig")));
            return (Id: $"{test.Number("tcId")} {test.Text("comment")}", Accepted: verifies, Expected: test.Text("result") == "valid");
        }).ToList();

        Assert.Empty(verdicts.Where(one => one.Accepted != one.Expected).Select(one => one.Id).Except([RefusedByOpenSsl]));
        Assert.Equal(count, verdicts.Count);
        Assert.Contains(verdicts, one => one.Accepted);
    }

    private static bool Verifies(string set, string jws) =>
        JwsForm.Read(jws, out var form) is TokenFault.None && KeySet.TryRead(Encoding.UTF8.GetBytes(set), Allowed, out var keys, out _)
        && keys.TryGetValue(form!.KeyId, out var key) && key.Algorithm == form.Algorithm && key.Verifies(form.Signed, form.Signature);
}
