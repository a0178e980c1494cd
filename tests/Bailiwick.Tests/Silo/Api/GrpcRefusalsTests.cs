using Bailiwick.Protocol;
using Bailiwick.Silo.Api.Grpc;
using Bailiwick.Silo.Hosting;
using Google.Rpc;
using Grpc.Core;

namespace Bailiwick.Tests.Silo.Api;

/// <summary>Every row of the error table as gRPC shows it.</summary>
public sealed class GrpcRefusalsTests
{
    public static TheoryData<string> Codes => [.. Errors.All.Select(row => row.Code)];

    [Theory]
    [MemberData(nameof(Codes))]
    public void Exception_OfEachRow_HasItsStatusReasonAndAdvice(string code)
    {
        var row = Errors.All.Single(row => row.Code == code);

        var problem = GrpcRefusals.ToException(new Refusal(row, "This happened."));

        Assert.Equal((StatusCode)row.Grpc, problem.StatusCode);
        Assert.Equal($"This happened. {row.Advice}", problem.Status.Detail);
        var status = problem.GetRpcStatus()!;
        Assert.Equal(row.Grpc, status.Code);
        Assert.Equal((GrpcRefusals.Domain, code), (status.GetDetail<ErrorInfo>()!.Domain, status.GetDetail<ErrorInfo>()!.Reason));
        Assert.Null(status.GetDetail<BadRequest>());
        Assert.Null(status.GetDetail<RetryInfo>());
        Assert.Empty(status.GetDetail<ErrorInfo>()!.Metadata);
    }

    [Fact]
    public void Status_WithVeryMuchToSay_FitsIntoTrailers()
    {
        var refusal = new Refusal(Errors.ResidencyDenied, "Policy denies this.")
        {
            Rules = [.. Enumerable.Range(0, 1000).Select(number => $"RULE-{number}")],
            Why = [.. Enumerable.Repeat("A long sentence about the ground of a rule.", 1000)],
        };

        Assert.InRange(GrpcRefusals.ToStatus(refusal).CalculateSize(), 1, 4096);
    }
}
