using System.Text;
using Bailiwick.Text.Templates;
using Bailiwick.Text.Tokens;
using Bailiwick.Text.ToolCalls;

namespace Bailiwick.Text;

/// <summary>Everything between the text of one model and its token ids.</summary>
/// <remarks>Immutable; safe to share between threads. Nothing of a text is kept after a call.</remarks>
public sealed class ModelText
{
    private readonly Tokenizer _tokenizer;

    private ModelText(Tokenizer tokenizer, TokenizerConfig config, string? source)
    {
        var template = source is null ? null : ChatTemplate.Parse(source);
        _tokenizer = tokenizer;
        Template = template;
        BosToken = config.BosToken ?? "";
        EosToken = config.EosToken ?? "";
        EosIds = [.. IdOf(config.EosToken)];
        SpecialIds = [.. Enumerable.Range(0, VocabularySize).Where(tokenizer.Vocabulary.IsSpecial)];
        Warnings = [.. ModelWarnings.Of(this)];
        Tools = new ModelTools(template, source, BosToken, EosToken, AddedId, () => NewDetokenizer());
    }

    /// <summary>The chat template, or null for a model without one.</summary>
    public ChatTemplate? Template { get; }

    /// <summary>Calls of functions, as this model writes them.</summary>
    public ModelTools Tools { get; }

    /// <summary>Sentences for the operator: what this model's text cannot protect.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>The tokens that count only where the template wrote them.</summary>
    public ControlSet Controls => _tokenizer.Controls;

    /// <summary>One more than the largest id. The model's logits may have more rows: those have no token.</summary>
    public int VocabularySize => _tokenizer.Vocabulary.Size;

    /// <summary>The ids that give no text, ascending.</summary>
    public IReadOnlyList<int> SpecialIds { get; }

    /// <summary>The ids that end an answer, as far as tokenizer_config.json names them; a generation config may name more.</summary>
    public IReadOnlyList<int> EosIds { get; }

    /// <summary>The template's <c>bos_token</c>; empty without one.</summary>
    public string BosToken { get; }

    /// <summary>The template's <c>eos_token</c>; empty without one.</summary>
    public string EosToken { get; }

    /// <param name="tokenizerJson">tokenizer.json, UTF-8; untrusted.</param>
    /// <param name="tokenizerConfigJson">tokenizer_config.json, or null.</param>
    /// <param name="chatTemplate">The chat template; null: the one in the config, if any.</param>
    /// <exception cref="TokenizerNotSupportedException">A component or setting is not known.</exception>
    /// <exception cref="TokenizerFormatException">A file breaks its format or passes a limit.</exception>
    /// <exception cref="TokenizerLimitException">The tokenizer is unsafe for the texts of its own tokens.</exception>
    /// <exception cref="TemplateNotSupportedException">The chat template is malformed or needs more than the subset.</exception>
    public static ModelText Load(
        ReadOnlyMemory<byte> tokenizerJson, ReadOnlyMemory<byte>? tokenizerConfigJson = null, string? chatTemplate = null)
    {
        var config = tokenizerConfigJson is { } json ? TokenizerConfig.Parse(json) : TokenizerConfig.Empty;
        var definition = TokenizerDefinition.Parse(tokenizerJson);
        string[] borders = [.. new[] { config.BosToken, config.EosToken }.OfType<string>()];
        var source = chatTemplate ?? config.ChatTemplate;
        var controls = ControlSet.Choose(definition.Added, source, borders);
        return new ModelText(
            new Tokenizer(definition, controls), config, source);
    }

    /// <summary>Client text: no control token is recognised, ordinary added tokens are.</summary>
    /// <param name="text">Lone surrogates become U+FFFD; characters and bytes without a token vanish.</param>
    /// <param name="withSpecials">Whether the model's own border tokens are put around it (embeddings).</param>
    /// <exception cref="TokenizerLimitException">The tokenizer's expression is unsafe for this text.</exception>
    public int[] EncodePlain(string text, bool withSpecials = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        return _tokenizer.EncodePlain(text, withSpecials);
    }

    /// <summary>Trusted text: every added token in it is recognised. Never for what a client sent.</summary>
    /// <inheritdoc cref="EncodePlain"/>
    public int[] EncodeRecognising(string text, bool withSpecials = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        return _tokenizer.EncodeRecognising(text, withSpecials);
    }

    /// <summary>A rendered prompt: control tokens count only where the template wrote all their characters.</summary>
    /// <exception cref="TokenizerLimitException">The tokenizer's expression is unsafe for this text.</exception>
    public EncodedPrompt EncodeChat(OriginText rendered)
    {
        ArgumentNullException.ThrowIfNull(rendered);
        return _tokenizer.EncodeChat(rendered);
    }

    /// <summary>A conversation, written by the model's own template with the model's own BOS and EOS texts.</summary>
    /// <exception cref="InvalidOperationException">The model has no chat template.</exception>
    /// <exception cref="TokenizerLimitException">The tokenizer's expression is unsafe for this text.</exception>
    /// <remarks>Throws what <see cref="ChatTemplate.Render"/> throws.</remarks>
    public EncodedPrompt EncodeChat(TemplateContext context, TemplateLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(context);
        var template = Template ?? throw new InvalidOperationException("the model has no chat template");
        return EncodeChat(template.Render(context with { BosToken = BosToken, EosToken = EosToken }, limits));
    }

    /// <summary>The text of a whole sequence; the same as streaming it.</summary>
    /// <param name="ids">Ids without a token give no text.</param>
    /// <param name="showSpecial">Whether special tokens are written out.</param>
    public string Decode(ReadOnlySpan<int> ids, bool showSpecial)
    {
        var detokenizer = NewDetokenizer(showSpecial);
        var text = new StringBuilder();
        foreach (var id in ids)
        {
            text.Append(detokenizer.Push(id));
        }

        return text.Append(detokenizer.Flush()).ToString();
    }

    /// <summary>The bytes that a token stands for inside a text, or null for an id without a token.</summary>
    /// <remarks>Special tokens give their own text: ask <see cref="IsSpecial"/>. A copy, the caller's own.</remarks>
    public byte[]? TokenBytes(int id) => (byte[]?)_tokenizer.Decoder.Bytes(id)?.Clone();

    /// <summary>Whether the token gives no text.</summary>
    public bool IsSpecial(int id) => _tokenizer.Vocabulary.IsSpecial(id);

    /// <summary>A detokenizer for one answer.</summary>
    public StreamingDetokenizer NewDetokenizer(bool showSpecial = false) =>
        new(_tokenizer.Decoder, _tokenizer.Vocabulary, showSpecial);

    internal int? UnknownId => _tokenizer.UnknownId;

    internal int? DeclaredUnknownId => _tokenizer.DeclaredUnknownId;

    private int? AddedId(string text)
    {
        for (var id = 0; id < VocabularySize; id++)
        {
            if (_tokenizer.Vocabulary.Added(id)?.Content == text)
            {
                return id;
            }
        }

        return null;
    }

    private IEnumerable<int> IdOf(string? text) =>
        Enumerable.Range(0, VocabularySize).Where(id => text is not null && _tokenizer.Vocabulary.Text(id) == text);
}
