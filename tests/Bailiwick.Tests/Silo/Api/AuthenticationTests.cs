using System.Net;
using System.Text.Json;
using Bailiwick.Protocol;
using Bailiwick.Protocol.Inference.V1;
using Bailiwick.Protocol.Operations.V1;
using Bailiwick.Silo.Api.Auth;
using Bailiwick.Silo.Hosting;
using Google.Rpc;
using Grpc.Core;
using Grpc.Health.V1;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Bailiwick.Tests.Silo.Api;

/// <summary>Nothing is open except liveness on loopback.</summary>
public sealed class AuthenticationTests : IAsyncLifetime
{
    private DoorHost _host = null!;

    private InferenceService.InferenceServiceClient Client => new(_host.Channel);

    public async Task InitializeAsync() => _host = await DoorHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Endpoints_OfTheRealSilo_AreThoseThatTheseTestsTry()
    {
        using var site = new SiteFolder();
        var (model, faults) = SiloValidation.Validate(site.Options(), TimeProvider.System.GetUtcNow());
        Assert.Empty(faults);
        await using var silo = SiloApplication.Build(model!);

        var real = silo.Services.GetRequiredService<EndpointDataSource>().Endpoints.Select(Describe).Order();

        Assert.Equal(_host.Endpoints.Select(Describe).Order(), real);
    }

    [Fact]
    public async Task Endpoints_EachOnEachPort_RefuseAnAnonymousCaller()
    {
        var open = new List<string>();
        foreach (var (path, port, method) in Requests())
        {
            using var response = await SendAsync(port, path, method, authorization: null);
            var refused = port == _host.Listen.Grpc
                ? response.Headers.TryGetValues("grpc-status", out var status) && status.Single() == "16"
                : response.StatusCode == HttpStatusCode.Unauthorized;
            if (!refused)
            {
                open.Add($"{path} on {(port == _host.Listen.Operations ? "operations" : "a door")}: {response.StatusCode}");
            }
        }

        Assert.Equal(["/health on operations: OK"], open.Distinct());
        Assert.True(_host.Endpoints.Count > 20, "too few endpoints were found to be all");
    }

    [Fact]
    public void Endpoints_EachThatIsNotGrpcsOwnRefusal_SaysForWhomItIs() =>
        Assert.All(
            _host.Endpoints.Where(endpoint => endpoint.Metadata.GetMetadata<EndpointAccess>() is null),
            endpoint => Assert.Contains("unimplemented", endpoint.DisplayName, StringComparison.OrdinalIgnoreCase));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Bearer ")]
    [InlineData("Bearer secret-1")]
    [InlineData("Basic secret-0")]
    [InlineData("secret-0")]
    [InlineData("Bearer secret-0, Bearer secret-0")]
    [InlineData("Bearer secret-0\nBearer secret-0")]
    public async Task Http_WithoutOneValidKey_Is401InTheErrorShape(string? authorization)
    {
        _host.Keyring.Add("inference");
        using var response = await SendAsync(_host.Listen.Http, "/v1/nothing", "GET", authorization?.Split('\n') ?? null);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.Single().Scheme);
        using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        var error = body.RootElement.GetProperty("error");
        Assert.Equal("unauthenticated", error.GetProperty("code").GetString());
        Assert.Equal("authentication_error", error.GetProperty("type").GetString());
        Assert.Equal(JsonValueKind.Null, error.GetProperty("param").ValueKind);
        Assert.EndsWith(".", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Http_UnknownPathWithAKey_Is404InTheErrorShape()
    {
        using var response = await SendAsync(_host.Listen.Http, "/v1/nothing", "GET", ["bearer " + _host.Keyring.Add("inference")]);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal("not_found", body.RootElement.GetProperty("error").GetProperty("code").GetString());
    }

    [Fact]
    public async Task Http_HealthOfTheOperationsPort_IsNotOnADoor()
    {
        using var response = await SendAsync(_host.Listen.Http, "/health", "GET", ["Bearer " + _host.Keyring.Add([.. Scopes.All])]);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task Grpc_WithoutAKey_IsUnauthenticatedWithDetails()
    {
        var problem = await Assert.ThrowsAsync<RpcException>(async () => await Client.ListModelsAsync(new ListModelsRequest()));

        Assert.Equal(StatusCode.Unauthenticated, problem.StatusCode);
        Assert.Equal("unauthenticated", problem.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason);
    }

    [Fact]
    public async Task Grpc_OfARevokedKey_IsRefused()
    {
        var secret = _host.Keyring.Add("inference");
        await Client.ListModelsAsync(new ListModelsRequest(), DoorHost.Bearer(secret));

        _host.Keyring.Remove(secret);

        var problem = await Assert.ThrowsAsync<RpcException>(async () =>
            await Client.ListModelsAsync(new ListModelsRequest(), DoorHost.Bearer(secret)));
        Assert.Equal(StatusCode.Unauthenticated, problem.StatusCode);
    }

    [Fact]
    public async Task Grpc_WithAnotherScope_IsDeniedWithItsName()
    {
        var operations = new OperationsService.OperationsServiceClient(_host.Channel);

        var problem = await Assert.ThrowsAsync<RpcException>(async () =>
            await operations.ListKeysAsync(new ListKeysRequest(), _host.As("inference", "audit")));

        Assert.Equal(StatusCode.PermissionDenied, problem.StatusCode);
        Assert.Equal("scope", problem.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason);
        Assert.Contains("operations", problem.Status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/bailiwick.inference.v1.InferenceService/Nothing")]
    [InlineData("/nobody.Service/Nothing")]
    [InlineData("/health")]
    public async Task Grpc_UnknownMethodWithAKey_IsUnimplemented(string path)
    {
        using var response = await SendAsync(_host.Listen.Grpc, path, "POST", ["Bearer " + _host.Keyring.Add([.. Scopes.All])]);

        Assert.Equal("12", response.Headers.GetValues("grpc-status").Single());
    }

    [Fact]
    public async Task Health_OfServicesAndModels_FollowsTheSnapshot()
    {
        var health = new Health.HealthClient(_host.Channel);
        var headers = _host.As("operations");

        foreach (var service in new[] { "", "bailiwick.inference.v1.InferenceService", "bailiwick.operations.v1.OperationsService", "tiny" })
        {
            var reply = await health.CheckAsync(new HealthCheckRequest { Service = service }, headers);
            Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, reply.Status);
        }

        using var watch = health.Watch(new HealthCheckRequest { Service = "tiny" }, headers);
        Assert.True(await watch.ResponseStream.MoveNext(default));
        _host.Shards.Current = new([ScriptedShards.Model("tiny", ScriptedShards.Replica(Bailiwick.Silo.Shards.ReplicaPhase.Loading))]);
        Assert.True(await watch.ResponseStream.MoveNext(default));
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.NotServing, watch.ResponseStream.Current.Status);
        _host.Shards.Current = new([]);
        Assert.True(await watch.ResponseStream.MoveNext(default));
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.ServiceUnknown, watch.ResponseStream.Current.Status);

        using var gateway = health.Watch(new HealthCheckRequest(), headers);
        Assert.True(await gateway.ResponseStream.MoveNext(default));
        _host.Shards.Current = Bailiwick.Silo.Shards.ReplicaSnapshot.Empty;
        Assert.True(await gateway.ResponseStream.MoveNext(default));
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.NotServing, gateway.ResponseStream.Current.Status);
    }

    [Fact]
    public async Task Health_OfAModelThatTheCallerMayNotSee_IsThatOfNone()
    {
        var health = new Health.HealthClient(_host.Channel);
        var headers = _host.As("inference");
        _host.Shards.Current = new([ScriptedShards.Model("tiny", ScriptedShards.Replica(Bailiwick.Silo.Shards.ReplicaPhase.Ready, zone: "abroad"))]);

        foreach (var name in new[] { "tiny", "nowhere" })
        {
            var problem = await Assert.ThrowsAsync<RpcException>(async () => await health.CheckAsync(new HealthCheckRequest { Service = name }, headers));
            Assert.Equal((StatusCode.NotFound, true), (problem.StatusCode, problem.Status.Detail.StartsWith("This door has no such service or model.", StringComparison.Ordinal)));
        }

        using var watch = health.Watch(new HealthCheckRequest { Service = "tiny" }, headers);
        Assert.True(await watch.ResponseStream.MoveNext(default));
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.ServiceUnknown, watch.ResponseStream.Current.Status);
    }

    [Fact]
    public async Task Health_WatchedByAKeyThatIsRevoked_Ends()
    {
        var secret = _host.Keyring.Add("operations");
        using var watch = new Health.HealthClient(_host.Channel).Watch(new HealthCheckRequest(), DoorHost.Bearer(secret));
        Assert.True(await watch.ResponseStream.MoveNext(default));

        _host.Keyring.Remove(secret);

        var problem = await Assert.ThrowsAsync<RpcException>(() => watch.ResponseStream.MoveNext(default));
        Assert.Equal(StatusCode.Unauthenticated, problem.StatusCode);
    }

    [Fact]
    public async Task Reflection_V1WithAKey_ListsTheServices()
    {
        var reflection = new Grpc.Reflection.V1.ServerReflection.ServerReflectionClient(_host.Channel);
        using var call = reflection.ServerReflectionInfo(_host.As("inference"));
        await call.RequestStream.WriteAsync(new Grpc.Reflection.V1.ServerReflectionRequest { ListServices = "" });
        Assert.True(await call.ResponseStream.MoveNext(default));

        var names = call.ResponseStream.Current.ListServicesResponse.Service.Select(service => service.Name).ToList();

        Assert.Contains("bailiwick.inference.v1.InferenceService", names);
        Assert.Contains("bailiwick.operations.v1.OperationsService", names);
        Assert.Contains("grpc.health.v1.Health", names);
        await call.RequestStream.CompleteAsync();
    }

    private static string Describe(Endpoint endpoint) => $"{(endpoint as RouteEndpoint)?.RoutePattern.RawText} {endpoint.DisplayName}";

    private IEnumerable<(string Path, int Port, string Method)> Requests() =>
        from endpoint in _host.Endpoints.OfType<RouteEndpoint>()
        let path = "/" + string.Join('/', endpoint.RoutePattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(part =>
            part is Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal ? literal.Content : "anything"))))
        from port in new[] { _host.Listen.Grpc, _host.Listen.Http, _host.Listen.Operations }
        from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET", "POST"]
        select (path, port, port == _host.Listen.Grpc ? "POST" : method);

    private async Task<HttpResponseMessage> SendAsync(int port, string path, string method, string[]? authorization)
    {
        var grpc = port == _host.Listen.Grpc;
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(new HttpMethod(method), _host.At(port, path))
        {
            Version = grpc ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        if (method == "POST")
        {
            request.Content = new ByteArrayContent([0, 0, 0, 0, 0]);
            request.Content.Headers.TryAddWithoutValidation("content-type", grpc ? "application/grpc" : "application/json");
        }

        foreach (var value in authorization ?? [])
        {
            request.Headers.TryAddWithoutValidation("Authorization", value);
        }

        return await client.SendAsync(request);
    }
}
