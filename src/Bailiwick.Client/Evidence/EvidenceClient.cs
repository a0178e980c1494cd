using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using Bailiwick.Evidence;
using Bailiwick.Protocol.Audit.V1;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace Bailiwick.Client;

/// <summary>A part of a file of an evidence pack. Parts of one file follow each other.</summary>
/// <param name="File">Name in the pack, as the server says it: check it before it becomes a path (<see cref="Bailiwick.Evidence.Storage.DiskFolder"/> does).</param>
/// <param name="Bytes">At most 64 KiB; owned by the caller.</param>
public readonly record struct EvidencePiece(string File, ReadOnlyMemory<byte> Bytes);

/// <summary>
/// Reads a cluster's evidence over its gRPC door. Nothing that it returns is checked: that is done offline, with a key that came from
/// elsewhere. Thread-safe. Asks no host but the one that was named: no proxy, no redirect.
/// </summary>
public sealed class EvidenceClient : IDisposable
{
    private readonly GrpcChannel _channel;
    private readonly AuditService.AuditServiceClient _service;
    private readonly Metadata _credential;

    /// <param name="server">Address of a gateway's gRPC door: `http://127.0.0.1:8080`.</param>
    /// <param name="key">Secret of an API key.</param>
    /// <param name="authority">The one root that the gateway's certificate must chain to; null = those of the system.</param>
    public EvidenceClient(Uri server, string key, X509Certificate2? authority = null)
    {
        _channel = GrpcChannel.ForAddress(server, new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler
            {
                UseProxy = false,
                AllowAutoRedirect = false,
                UseCookies = false,
                ConnectTimeout = TimeSpan.FromSeconds(5),
                SslOptions = GatewayTls.Of(authority, null),
            },
            DisposeHttpClient = true,
        });
        _service = new AuditService.AuditServiceClient(_channel);
        _credential = [new Metadata.Entry("authorization", "Bearer " + key)];
    }

    /// <summary>The latest signed checkpoint (C2SP signed note), verbatim, and the key that the server says has signed it.</summary>
    /// <exception cref="RpcException">The call was refused, or the server cannot be reached.</exception>
    public async Task<(ReadOnlyMemory<byte> Checkpoint, string VerifierKey)> GetCheckpointAsync(CancellationToken cancellationToken = default)
    {
        var answer = await _service.GetCheckpointAsync(new GetCheckpointRequest(), _credential, cancellationToken: cancellationToken)
            .ConfigureAwait(false);
        return (answer.Checkpoint.Memory, answer.VerifierKey);
    }

    /// <summary>The record of a leaf hash and its proof (C2SP tlog-proof).</summary>
    /// <exception cref="RpcException">NOT_FOUND: none that this key may see. UNAVAILABLE: not sequenced yet, with RetryInfo.</exception>
    public async Task<(ReadOnlyMemory<byte> Leaf, ReadOnlyMemory<byte> Proof)> GetProofAsync(
        TreeHash leafHash, CancellationToken cancellationToken = default)
    {
        var request = new GetProofRequest { LeafHash = ByteString.CopyFrom(leafHash.AsSpan()) };
        var answer = await _service.GetProofAsync(request, _credential, cancellationToken: cancellationToken).ConfigureAwait(false);
        return (answer.Leaf.Memory, answer.Proof.Memory);
    }

    /// <summary>The files of an evidence pack in pieces, the manifest last. Needs a key of scope `audit`; the export is itself a record.</summary>
    /// <param name="ground">
    /// Why, as the record shall say it: an id of the officer's register, 1 to 64 lower-case letters, digits and hyphens; empty = not stated.
    /// </param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="RpcException">The call was refused, or the connection was lost: what came lacks its manifest.</exception>
    public async IAsyncEnumerable<EvidencePiece> ExportAsync(
        string ground = "", [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var call = _service.Export(new ExportRequest { Ground = ground }, _credential, cancellationToken: cancellationToken);
        while (await call.ResponseStream.MoveNext(cancellationToken).ConfigureAwait(false))
        {
            var answer = call.ResponseStream.Current;
            yield return new EvidencePiece(answer.File, answer.Piece.Memory);
        }
    }

    /// <summary>Closes the connection.</summary>
    public void Dispose() => _channel.Dispose();
}
