using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Decoder.Loop;

/// <summary>Answers the calls that need the model's text but not the model.</summary>
internal sealed class TextCalls(ITurnText text, int vocabulary)
{
    internal TextReply Answer(TextCall call)
    {
        var reply = new TextReply { Call = call.Call };
        var problem = TurnBorder.Run((Calls: this, reply, call), static state => state.Calls.FillOrRefuse(state.reply, state.call));
        return problem is null ? reply : new TextReply { Call = call.Call, Problem = problem };
    }

    private void FillOrRefuse(TextReply reply, TextCall call)
    {
        try
        {
            Fill(reply, call);
        }
        catch (TurnRefusedException refusal)
        {
            reply.Problem = refusal.Problem;
        }
    }

    private void Fill(TextReply reply, TextCall call)
    {
        switch (call.KindCase)
        {
            case TextCall.KindOneofCase.Tokenize:
                AddIds(reply, call.Tokenize.RecogniseSpecial
                    ? text.EncodeRecognising(call.Tokenize.Text)
                    : text.EncodePlain(call.Tokenize.Text));
                break;
            case TextCall.KindOneofCase.Detokenize:
                reply.Text = Decode(call.Detokenize);
                reply.Count = call.Detokenize.Id.Count;
                break;
            case TextCall.KindOneofCase.RenderChat:
                var rendered = Render(call.RenderChat);
                reply.Text = rendered.Text;
                reply.Id.AddRange(rendered.Ids);
                reply.ControlAt.AddRange(rendered.ControlPositions);
                reply.Count = rendered.Ids.Length;
                break;
            case TextCall.KindOneofCase.CountChat:
                reply.Count = Render(call.CountChat).Ids.Length;
                break;
            case TextCall.KindOneofCase.CountText:
                reply.Count = text.EncodePrompt(call.CountText).Length;
                break;
            default:
                throw new TurnRefusedException(Problems.Invalid("The text call names no kind."));
        }
    }

    private void AddIds(TextReply reply, int[] ids)
    {
        reply.Id.AddRange(ids);
        reply.Count = ids.Length;
        for (var i = 0; i < ids.Length; i++)
        {
            if (text.IsControl(ids[i]))
            {
                reply.ControlAt.Add(i);
            }
        }
    }

    private string Decode(Detokenize call)
    {
        for (var i = 0; i < call.Id.Count; i++)
        {
            if (call.Id[i] < 0 || call.Id[i] >= vocabulary)
            {
                throw new TurnRefusedException(Problems.Invalid(
                    $"detokenize.id[{i}] is {call.Id[i]}, token ids of this model are 0 to {vocabulary - 1}."));
            }
        }

        return text.Decode(call.Id, call.ShowSpecial);
    }

    private RenderedChat Render(Chat chat) =>
        text.HasChatTemplate
            ? text.Render(chat)
            : throw new TurnRefusedException(Problems.Capability("This model has no chat template; send text instead."));
}
