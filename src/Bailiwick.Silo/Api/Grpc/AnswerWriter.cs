using System.Text;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Inference.V1;
using Bailiwick.Silo.Turns;
using Grpc.Core;

namespace Bailiwick.Silo.Api.Grpc;

/// <summary>Writes the events of one turn. Chat and Generate differ in the message that wraps them, nothing else.</summary>
internal sealed class AnswerWriter<TResponse>(
    IServerStreamWriter<TResponse> output, Func<Started, TResponse> started, Func<Delta, TResponse> delta,
    Func<Finished, TResponse> finished)
{
    private bool _logprobs;
    private string _turn = "";

    public Task StartAsync(TurnStarted turn, bool withLogprobs, CancellationToken cancellationToken)
    {
        (_logprobs, _turn) = (withLogprobs, turn.Turn);
        return output.WriteAsync(
            started(new Started
            {
                Turn = turn.Turn,
                Model = $"{turn.Model}@{turn.Build}",
                Seed = (ulong)turn.Seed,
                PromptTokens = turn.PromptTokens,
            }),
            cancellationToken);
    }

    public Task WriteAsync(IReadOnlyList<DecodedToken> tokens, CancellationToken cancellationToken)
    {
        var message = new Delta { Text = Text(tokens) };
        foreach (var token in tokens)
        {
            message.Token.Add(Of(token));
            message.ToolCall.Add(token.Calls.Select(Of));
        }

        return output.WriteAsync(delta(message), cancellationToken);
    }

    public Task FinishAsync(TurnEnded turn, CancellationToken cancellationToken) =>
        output.WriteAsync(
            finished(new Finished
            {
                Reason = turn.Length ? FinishReason.Length : turn.ToolCalls ? FinishReason.ToolCalls : FinishReason.Stop,
                Text = turn.Tail,
                PromptTokens = turn.PromptTokens,
                AnswerTokens = turn.AnswerTokens,
                Stop = turn.Stop ?? "",
                ToolCall = { turn.Calls.Select(Of) },
            }),
            cancellationToken);

    private static string Text(IReadOnlyList<DecodedToken> tokens)
    {
        if (tokens is [var only])
        {
            return only.Text;
        }

        var text = new StringBuilder();
        foreach (var token in tokens)
        {
            text.Append(token.Text);
        }

        return text.ToString();
    }

    private ToolCallPiece Of(Protocol.Decoder.V1.ToolCallPiece piece) => new()
    {
        Index = piece.Index,
        Id = piece.Name.Length > 0 ? CallId.Of(_turn, piece.Index) : "",
        Name = piece.Name,
        Arguments = piece.Arguments,
    };

    private Token Of(in DecodedToken decoded)
    {
        var token = new Token { Id = decoded.Id, Text = decoded.Text };
        if (_logprobs)
        {
            token.Logprob = decoded.Logprob;
        }

        foreach (var other in decoded.Top)
        {
            token.Top.Add(new Alternative { Id = other.Id, Text = other.Text, Logprob = other.Logprob, Raw = other.Raw });
        }

        return token;
    }
}
