using Bailiwick.Protocol;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Protocol.Inference.V1;
using Bailiwick.Protocol.Receipts;
using Bailiwick.Silo.Api.Auth;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Turns;
using Grpc.Core;
using TurnEvent = Bailiwick.Silo.Turns.TurnEvent;

namespace Bailiwick.Silo.Api.Grpc;

/// <summary>`bailiwick.inference.v1`: requests become turns, events of turns become messages, refusals become rich errors.</summary>
internal sealed class InferenceDoor(
    ITurns turns, IOfferedModels models, KeptRequests kept, ITextCalls texts, ICallerAccessor callers, TimeProvider time)
    : InferenceService.InferenceServiceBase
{
    public override Task Chat(ChatRequest request, IServerStreamWriter<ChatResponse> responseStream, ServerCallContext context)
    {
        var (turn, refusal) = Translation.Of(request, time.GetUtcNow(), Deadline(context));
        var again = request.Clone();
        again.Resume = null;
        (turn, refusal) = IdempotencyMetadata.Under(turn, refusal, context, again);
        return AnswerAsync(turn, refusal, request.Background, new AnswerWriter<ChatResponse>(
            responseStream,
            started => new ChatResponse { Started = started },
            delta => new ChatResponse { Delta = delta },
            finished => new ChatResponse { Finished = finished }), context);
    }

    public override Task Generate(GenerateRequest request, IServerStreamWriter<GenerateResponse> responseStream, ServerCallContext context)
    {
        var (turn, refusal) = Translation.Of(request, time.GetUtcNow(), Deadline(context));
        var again = request.Clone();
        again.Resume = null;
        (turn, refusal) = IdempotencyMetadata.Under(turn, refusal, context, again);
        return AnswerAsync(turn, refusal, isBackground: false, new AnswerWriter<GenerateResponse>(
            responseStream,
            started => new GenerateResponse { Started = started },
            delta => new GenerateResponse { Delta = delta },
            finished => new GenerateResponse { Finished = finished }), context);
    }

    public override async Task<TokenizeResponse> Tokenize(TokenizeRequest request, ServerCallContext context)
    {
        if ((Translation.ModelFault(request.Model) ?? Translation.TextFault(request.Text, "text")) is { } fault)
        {
            throw GrpcRefusals.ToException(fault);
        }

        var asked = new TextRequest(
            request.Model, new TextCall { Tokenize = new Tokenize { Text = request.Text } }, Translation.Raise(request.Label));
        var (reply, refusal) = await texts.RunAsync(asked, CallerOf(context), context.CancellationToken);
        return reply is not null ? new TokenizeResponse { Token = { reply.Id } } : throw GrpcRefusals.ToException(refusal!);
    }

    public override Task<ListModelsResponse> ListModels(ListModelsRequest request, ServerCallContext context)
    {
        var (offered, refusal) = models.For(CallerOf(context));
        return refusal is null
            ? Task.FromResult(new ListModelsResponse { Models = { offered.Select(ModelText.Of) } })
            : throw GrpcRefusals.ToException(refusal);
    }

    public override Task<GetModelResponse> GetModel(GetModelRequest request, ServerCallContext context)
    {
        var (model, refusal) = models.Find(request.Name, CallerOf(context));
        return model is not null
            ? Task.FromResult(new GetModelResponse { Model = ModelText.Of(model) })
            : throw GrpcRefusals.ToException(refusal!);
    }

    public override async Task<GetRequestResponse> GetRequest(GetRequestRequest request, ServerCallContext context)
    {
        var found = await kept.FindAsync(request.Id, CallerOf(context), context.CancellationToken);
        return found.Value is { } turn ? ConversationText.State(turn) : throw GrpcRefusals.ToException(found.Refusal!);
    }

    public override Task FollowRequest(
        FollowRequestRequest request, IServerStreamWriter<FollowRequestResponse> responseStream, ServerCallContext context) =>
        WriteAsync(
            kept.FollowAsync(request.Id, request.Skip, CallerOf(context), context.CancellationToken),
            new AnswerWriter<FollowRequestResponse>(
                responseStream,
                started => new FollowRequestResponse { Started = started },
                delta => new FollowRequestResponse { Delta = delta },
                finished => new FollowRequestResponse { Finished = finished }),
            withLogprobs: false, context);

    public override async Task<CancelRequestResponse> CancelRequest(CancelRequestRequest request, ServerCallContext context) =>
        await kept.CancelAsync(request.Id, CallerOf(context), context.CancellationToken) is { } refusal
            ? throw GrpcRefusals.ToException(refusal)
            : new CancelRequestResponse();

    public override async Task<DeleteRequestResponse> DeleteRequest(DeleteRequestRequest request, ServerCallContext context) =>
        await kept.DeleteAsync(request.Id, CallerOf(context), context.CancellationToken) is { } refusal
            ? throw GrpcRefusals.ToException(refusal)
            : new DeleteRequestResponse();

    private Task AnswerAsync<TResponse>(
        TurnRequest? turn, Refusal? refusal, bool isBackground, AnswerWriter<TResponse> writer, ServerCallContext context)
    {
        if (turn is null)
        {
            throw GrpcRefusals.ToException(refusal!);
        }

        var events = isBackground
            ? kept.RunInBackgroundAsync(turn, CallerOf(context), context.CancellationToken)
            : turns.RunAsync(turn, CallerOf(context), context.CancellationToken);
        return WriteAsync(events, writer, turn.Submit.Logprobs, context);
    }

    private async Task WriteAsync<TResponse>(
        IAsyncEnumerable<TurnEvent> events, AnswerWriter<TResponse> writer, bool withLogprobs, ServerCallContext context)
    {
        await foreach (var step in events)
        {
            switch (step)
            {
                case TurnStarted started:
                    await writer.StartAsync(started, withLogprobs, context.CancellationToken);
                    break;
                case TurnTokens decoded:
                    await writer.WriteAsync(decoded.Tokens, context.CancellationToken);
                    break;
                case TurnEnded ended:
                    context.ResponseTrailers.Add(Receipt.Trailer, ended.Receipt.ToText());
                    await writer.FinishAsync(ended, context.CancellationToken);
                    return;
                case TurnRefused refused:
                    throw GrpcRefusals.ToException(refused.Refusal);
                case TurnFailed failed:
                    if (failed.Receipt is { } receipt)
                    {
                        context.ResponseTrailers.Add(Receipt.Trailer, receipt.ToText());
                    }

                    throw GrpcRefusals.ToException(failed.Refusal);
            }
        }

        // No last event: the caller left, or a deadline passed that the call's own clock saw first.
        throw GrpcRefusals.ToException(
            Deadline(context) <= time.GetUtcNow()
                ? new Refusal(Errors.Deadline, "The deadline of the call has passed.")
                : new Refusal(Errors.Cancelled, "The caller ended the call."));
    }

    private Caller CallerOf(ServerCallContext context) =>
        callers.Of(context.GetHttpContext()) ?? throw new InvalidOperationException("No caller behind the authentication.");

    private static DateTimeOffset? Deadline(ServerCallContext context) =>
        context.Deadline == DateTime.MaxValue ? null : new DateTimeOffset(context.Deadline);
}
