using System.Buffers;
using System.Text.Json;
using Bailiwick.Protocol;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Sessions;

namespace Bailiwick.Silo.Api.OpenAi;

/// <summary>A request's body in memory of the pool, wiped when it goes back. One owner, who disposes it.</summary>
internal sealed class RequestBody : IDisposable
{
    /// <summary>Most bytes of a body: 4 MiB.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    // Grows with what has arrived, not with what a header promises: a promise costs the sender nothing.
    private const int FirstBytes = 16 * 1024;

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(FirstBytes);
    private int _length;

    private RequestBody()
    {
    }

    public ReadOnlyMemory<byte> Bytes => _bytes.AsMemory(0, _length);

    /// <summary>Reads all of it, or says why not. Throws only when the caller has left.</summary>
    public static async Task<(RequestBody? Body, Refusal? Refusal)> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength > MaxBytes)
        {
            return (null, TooLarge());
        }

        if (!string.IsNullOrEmpty(request.Headers.ContentEncoding.ToString()))
        {
            return (null, new Refusal(Errors.Capability, "This door reads bodies without Content-Encoding only."));
        }

        var body = new RequestBody();
        var refusal = await body.FillAsync(request.Body, cancellationToken);
        if (refusal is null)
        {
            return (body, null);
        }

        body.Dispose();
        return (null, refusal);
    }

    /// <summary>Reads a body, and the key under which it may be sent again, as a request of some kind; one of both is null.</summary>
    public static async Task<(T? Request, Refusal? Refusal)> ParseAsync<T>(
        HttpRequest request, Func<JsonElement, IdempotencyKey?, (T? Request, Refusal? Refusal)> read, CancellationToken cancellationToken)
        where T : class
    {
        var (body, refusal) = await ReadAsync(request, cancellationToken);
        using var held = body;
        if (body is null)
        {
            return (null, refusal);
        }

        var (document, fault) = RequestJson.Read(body.Bytes);
        using var parsed = document;
        if (document is null)
        {
            return (null, fault);
        }

        var (key, wrong) = IdempotencyHeader.Read(request, body.Bytes.Span);
        return wrong is null ? read(document.RootElement, key) : (null, wrong);
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_bytes, clearArray: true);
        _bytes = [];
        _length = 0;
    }

    private async Task<Refusal?> FillAsync(Stream source, CancellationToken cancellationToken)
    {
        try
        {
            int read;
            while ((read = await source.ReadAsync(_bytes.AsMemory(_length), cancellationToken)) > 0)
            {
                _length += read;
                if (_length > MaxBytes)
                {
                    return TooLarge();
                }

                if (_length == _bytes.Length)
                {
                    Grow();
                }
            }

            return null;
        }
        catch (BadHttpRequestException problem)
        {
            return problem.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? TooLarge()
                : new Refusal(Errors.Invalid, "The body ended early, came too slowly or is framed wrongly.");
        }
    }

    private void Grow()
    {
        var larger = ArrayPool<byte>.Shared.Rent(_bytes.Length * 2);
        _bytes.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes, clearArray: true);
        _bytes = larger;
    }

    private static Refusal TooLarge() => new(Errors.TooLarge, $"The body has more than {MaxBytes} bytes, the most that this door takes.");
}
