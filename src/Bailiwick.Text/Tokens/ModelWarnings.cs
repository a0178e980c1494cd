using Bailiwick.Text.Templates;

namespace Bailiwick.Text.Tokens;

/// <summary>What the operator must know of a model whose text cannot be protected in full.</summary>
internal static class ModelWarnings
{
    private const string FirstQuestion = "qzq", Answer = "xkx", SecondQuestion = "wvw";

    // Only turns that every published template accepts.
    private static readonly TemplateContext Trial = new()
    {
        MessagesJson = $$"""
            [{"role":"user","content":"{{FirstQuestion}}"},{"role":"assistant","content":"{{Answer}}"},{"role":"user","content":"{{SecondQuestion}}"}]
            """,
        AddGenerationPrompt = true,
        Now = DateTimeOffset.UnixEpoch,
    };

    public static IEnumerable<string> Of(ModelText model)
    {
        if (model.UnknownId is null && model.DeclaredUnknownId is { } unknown)
        {
            yield return $"characters without a token vanish: token {unknown}, which stands for them, is a control token";
        }

        if (model.Template is { } template && UnprotectedBorder(model, template) is { } sentence)
        {
            yield return sentence;
        }
    }

    private static string? UnprotectedBorder(ModelText model, ChatTemplate template)
    {
        OriginText rendered;
        try
        {
            rendered = template.Render(Trial with { BosToken = model.BosToken, EosToken = model.EosToken });
        }
        catch (TemplateException e)
        {
            return $"the chat template refuses a plain conversation, so its turn borders were not checked: {e.Message}";
        }

        var controls = model.Controls.Find(rendered);
        string[] turns = [FirstQuestion, Answer, SecondQuestion];
        var places = Array.ConvertAll(turns, turn => rendered.Text.IndexOf(turn, StringComparison.Ordinal));
        var borders = places.Zip([.. places[1..], rendered.Length]);
        return Array.TrueForAll(places, place => place >= 0)
            && borders.All(border => controls.Any(control => control.Start >= border.First && control.Start < border.Second))
                ? null
                : "a turn border of the chat template holds no control token: client text can imitate it";
    }
}
