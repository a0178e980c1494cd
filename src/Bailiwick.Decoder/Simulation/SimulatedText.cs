using System.Text;
using Bailiwick.Protocol;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Decoder.Simulation;

/// <summary>Text calls of a simulated decoder: a token for every four characters, ids by position.</summary>
internal static class SimulatedText
{
    public static TextReply Answer(TextCall call, int vocabulary)
    {
        var reply = new TextReply { Call = call.Call };
        switch (call.KindCase)
        {
            case TextCall.KindOneofCase.CountText:
                reply.Count = SimulatedTurn.Count(call.CountText);
                break;
            case TextCall.KindOneofCase.CountChat:
                reply.Count = SimulatedTurn.Count(call.CountChat.MessagesJson);
                break;
            case TextCall.KindOneofCase.Tokenize:
                Fill(reply, SimulatedTurn.Count(call.Tokenize.Text), vocabulary);
                break;
            case TextCall.KindOneofCase.RenderChat:
                Fill(reply, SimulatedTurn.Count(call.RenderChat.MessagesJson), vocabulary);
                reply.Text = call.RenderChat.MessagesJson;
                break;
            case TextCall.KindOneofCase.Detokenize:
                reply.Text = call.Detokenize.Id.Aggregate(new StringBuilder(), (text, id) => text.Append(SimulatedTurn.TextOf(id))).ToString();
                break;
            default:
                reply.Problem = Errors.Capability.With("A simulated decoder does not know this text call.");
                break;
        }

        return reply;
    }

    private static void Fill(TextReply reply, int count, int vocabulary)
    {
        reply.Count = count;
        reply.Id.AddRange(Enumerable.Range(0, count).Select(position => SimulatedTurn.TokenAt(0, position, vocabulary)));
    }
}
