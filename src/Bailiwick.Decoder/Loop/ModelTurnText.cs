using System.Globalization;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Text;
using Bailiwick.Text.Templates;
using Bailiwick.Text.Tokens;
using Bailiwick.Text.ToolCalls;

namespace Bailiwick.Decoder.Loop;

/// <summary>The text of a real model, by Bailiwick.Text.</summary>
internal sealed class ModelTurnText(ModelText model) : ITurnText
{
    public bool HasChatTemplate => model.Template is not null;

    public IReadOnlyList<string> Warnings => model.Warnings;

    public ModelTools? Tools => HasChatTemplate ? model.Tools : null;

    public int[] EncodePlain(string text) => Bounded(() => model.EncodePlain(text));

    public int[] EncodePrompt(string text) => Bounded(() => model.EncodePlain(text, withSpecials: true));

    public int[] EncodeRecognising(string text) => Bounded(() => model.EncodeRecognising(text));

    public RenderedChat Render(Chat chat)
    {
        if (chat.AddGenerationPrompt && chat.ContinueFinalMessage)
        {
            throw Invalid("chat.add_generation_prompt and chat.continue_final_message exclude each other.");
        }

        var rendered = RenderTemplate(Context(chat));
        if (chat.ContinueFinalMessage)
        {
            rendered = FinalMessage.LeaveOpen(rendered, chat.MessagesJson);
        }

        var prompt = Bounded(() => model.EncodeChat(rendered));
        return new RenderedChat(rendered.Text, prompt.Ids, prompt.ControlPositions);
    }

    public string Decode(IReadOnlyList<int> ids, bool showControl) => model.Decode([.. ids], showControl);

    public bool IsControl(int id) => model.IsSpecial(id);

    public ReadOnlyMemory<byte> TokenBytes(int id) => model.IsSpecial(id) ? default : model.TokenBytes(id);

    public ITextStream NewStream() => new Stream(model.NewDetokenizer());

    private TemplateContext Context(Chat chat) => model.Tools.Prepare(new TemplateContext
    {
        MessagesJson = chat.MessagesJson,
        ToolsJson = chat.ToolsJson.Length == 0 ? "null" : chat.ToolsJson,
        DocumentsJson = chat.DocumentsJson.Length == 0 ? "null" : chat.DocumentsJson,
        VariablesJson = chat.VariablesJson.Length == 0 ? "{}" : chat.VariablesJson,
        BosToken = model.BosToken,
        EosToken = model.EosToken,
        AddGenerationPrompt = chat.AddGenerationPrompt,
        Now = DateTimeOffset.TryParse(
            chat.Now, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AllowWhiteSpaces, out var now)
            ? now
            : throw Invalid("chat.now is not an ISO 8601 instant."),
    });

    private OriginText RenderTemplate(TemplateContext context)
    {
        try
        {
            return model.Template!.Render(context);
        }
        catch (TemplateRaisedException)
        {
            // The template's own words can quote the conversation.
            throw Invalid("The model's chat template refused this conversation.");
        }
        catch (TemplateException problem)
        {
            throw Invalid(problem.Message);
        }
    }

    private static T Bounded<T>(Func<T> encode)
    {
        try
        {
            return encode();
        }
        catch (TokenizerLimitException)
        {
            throw Invalid("The tokenizer cannot cut this text within its limits of time and room.");
        }
    }

    private static TurnRefusedException Invalid(string sentence) => new(Problems.Invalid(sentence));

    private sealed class Stream(StreamingDetokenizer detokenizer) : ITextStream
    {
        public string Append(int id) => detokenizer.Push(id);

        public string Flush() => detokenizer.Flush();
    }
}
