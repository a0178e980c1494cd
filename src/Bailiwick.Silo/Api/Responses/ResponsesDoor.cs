using Bailiwick.Silo.Api.OpenAi;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.Responses;

/// <summary>What /v1/responses does; paths, callers and faults are the <see cref="OpenAiDoor"/>'s.</summary>
internal sealed class ResponsesDoor(ITurns turns, TimeProvider time)
{
    public async Task CreateAsync(HttpContext context, Caller caller, CancellationToken cancellationToken)
    {
        var (request, refusal) = await RequestBody.ParseAsync(context.Request, (body, _) => ResponseReader.Read(body), cancellationToken);
        if (request is null)
        {
            await OpenAiErrors.WriteAsync(context, refusal!, cancellationToken);
            return;
        }

        var events = turns.RunAsync(request.ToTurn(time.GetUtcNow()), caller, cancellationToken);
        await (request.IsStream
            ? new ResponseStream(context, request, time).WriteAsync(events, cancellationToken)
            : new ResponseWhole(context, request, time).WriteAsync(events, cancellationToken));
    }
}
