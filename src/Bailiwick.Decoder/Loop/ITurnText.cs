using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Text.ToolCalls;

namespace Bailiwick.Decoder.Loop;

/// <summary>A model's text as the loop needs it: texts and chats to ids, ids to text.</summary>
internal interface ITurnText
{
    /// <summary>False where the folder has no chat template.</summary>
    bool HasChatTemplate { get; }

    /// <summary>What an operator should know, e.g. a template whose turn border holds no control token.</summary>
    IReadOnlyList<string> Warnings { get; }

    /// <summary>Calls of functions as the model writes them; null where its text knows none.</summary>
    ModelTools? Tools => null;

    /// <summary>Ids of a text all of which is the client's: no control token is recognised.</summary>
    int[] EncodePlain(string text);

    /// <summary>The same with the model's own border tokens around it (a BOS, where it wants one): a prompt to complete.</summary>
    int[] EncodePrompt(string text);

    /// <summary>Ids of a trusted text: control tokens are recognised.</summary>
    int[] EncodeRecognising(string text);

    /// <summary>Renders the model's template and encodes it: control tokens count only where the template wrote them.</summary>
    /// <exception cref="TurnRefusedException">The chat is malformed, or the template refused it.</exception>
    RenderedChat Render(Chat chat);

    /// <summary>Text of ids; control tokens give none unless <paramref name="showControl"/>.</summary>
    string Decode(IReadOnlyList<int> ids, bool showControl);

    bool IsControl(int id);

    /// <summary>Bytes that an id stands for in an answer; empty for control tokens and ids without a token.</summary>
    ReadOnlyMemory<byte> TokenBytes(int id);

    /// <summary>Text of one answer, token by token.</summary>
    ITextStream NewStream();
}

/// <summary>A chat as the model reads it.</summary>
/// <param name="Text">What the template wrote.</param>
/// <param name="Ids">Its tokens.</param>
/// <param name="ControlPositions">Ascending indexes in <paramref name="Ids"/> of the control tokens.</param>
internal sealed record RenderedChat(string Text, int[] Ids, int[] ControlPositions);

/// <summary>Turns the tokens of one answer into text that may leave: whole characters only.</summary>
internal interface ITextStream
{
    /// <summary>The text that this token completes, may be empty.</summary>
    string Append(int id);

    /// <summary>What is still held back, at the end.</summary>
    string Flush();
}
