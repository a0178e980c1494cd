using System.Text.RegularExpressions;
using Bailiwick.Protocol;

namespace Bailiwick.Tests.Protocol;

public sealed partial class ErrorsTests
{
    public static TheoryData<string> Codes => [.. Errors.All.Select(row => row.Code)];

    [Theory]
    [MemberData(nameof(Codes))]
    public void Row_AnyCode_IsCompleteOnEveryWire(string code)
    {
        var row = Errors.All.Single(row => row.Code == code);

        Assert.Matches(SnakeCase(), row.Code);
        Assert.InRange(row.Http, 400, 599);
        Assert.InRange(row.Grpc, 1, 16);
        Assert.EndsWith(".", row.Advice, StringComparison.Ordinal);
        Assert.True(char.IsUpper(row.Advice[0]), "the advice is a sentence");
    }

    [Fact]
    public void Table_EveryPublicRow_IsListedOnceInTheOrderOfItsStatus()
    {
        var declared = typeof(Errors).GetFields().Select(field => (ErrorRow)field.GetValue(null)!).ToList();

        Assert.Equal(declared.Count, Errors.All.Select(row => row.Code).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(declared.Select(row => row.Code).Order(), Errors.All.Select(row => row.Code).Order());
        Assert.Equal(Errors.All.Select(row => row.Http).Order(), Errors.All.Select(row => row.Http));
    }

    /// <summary>DESIGN.md section 10, as it is written there: a status, then its codes.</summary>
    [Theory]
    [InlineData(400, "invalid")]
    [InlineData(401, "unauthenticated")]
    [InlineData(403, "residency_denied", "licence_denied", "clearance", "scope")]
    [InlineData(404, "model_not_found", "conversation_not_found", "not_found")]
    [InlineData(405, "method")]
    [InlineData(409, "epoch", "busy")]
    [InlineData(413, "too_large")]
    [InlineData(421, "other_boundary")]
    [InlineData(422, "capability", "idempotency_key")]
    [InlineData(429, "quota", "queue")]
    [InlineData(499, "cancelled")]
    [InlineData(503, "audit_unavailable", "no_replica", "draining", "policy_stale", "store_unavailable")]
    [InlineData(504, "deadline")]
    public void Table_DesignsSection10_HoldsEachOfItsCodes(int http, params string[] codes) =>
        Assert.Equal(codes.Order(), Errors.All.Where(row => row.Http == http).Select(row => row.Code).Order());

    [GeneratedRegex("^[a-z]+(_[a-z]+)*$")]
    private static partial Regex SnakeCase();
}
