using System.Text;

namespace Bailiwick.Text.Tokens;

/// <summary>The way from text to token ids: added tokens, normalizer, pre-tokenizer, model.</summary>
/// <remarks>Immutable; safe to share between threads. Nothing of a text is kept after a call.</remarks>
internal sealed class Tokenizer
{
    private readonly TokenizerDefinition _definition;
    private readonly ITokenModel _model;
    private readonly Recognition _all;
    private readonly Recognition _plain;

    public Tokenizer(TokenizerDefinition definition, ControlSet controls)
    {
        _definition = definition;
        Controls = controls;
        Vocabulary = new Vocabulary(definition.Model.Ids, definition.Added);
        Decoder = new TokenDecoder(Vocabulary, definition.Decoder);

        // Where a turn border stands for unknown characters, they vanish instead.
        UnknownId = definition.Model.UnknownId is { } unknown && !controls.IsMarker(unknown) ? unknown : null;
        _model = definition.Model.Build(controls.Contains, UnknownId);
        _all = new Recognition(definition.Added, definition.Normalizer);
        _plain = new Recognition([.. definition.Added.Where(token => !controls.Contains(token.Id))], definition.Normalizer);
        CheckControlsOff();
    }

    public ControlSet Controls { get; }

    public Vocabulary Vocabulary { get; }

    public TokenDecoder Decoder { get; }

    /// <summary>What characters without a token give; null: they vanish.</summary>
    public int? UnknownId { get; }

    /// <summary>What they would give after the file, were it no control token.</summary>
    public int? DeclaredUnknownId => _definition.Model.UnknownId;

    /// <summary>Text in which no control token is recognised; other added tokens are.</summary>
    public int[] EncodePlain(string text, bool withSpecials) => Encode(text, _plain, withSpecials);

    /// <summary>Text in which every added token is recognised: for trusted text only.</summary>
    public int[] EncodeRecognising(string text, bool withSpecials) => Encode(text, _all, withSpecials);

    /// <summary>A rendered prompt: split at the control tokens that the template wrote, the rest as plain text.</summary>
    public EncodedPrompt EncodeChat(OriginText rendered)
    {
        var text = WithoutLoneSurrogates(rendered.Text);
        var encoder = _model.NewEncoder();
        var (ids, positions) = (new List<int>(), new List<int>());
        var at = 0;
        foreach (var control in Controls.Find(rendered))
        {
            AddSegment(text, at, control.Start, _plain, encoder, ids);
            positions.Add(ids.Count);
            ids.Add(control.Id);
            at = control.End;
        }

        AddSegment(text, at, text.Length, _plain, encoder, ids);
        return new EncodedPrompt([.. ids], [.. positions]);
    }

    private int[] Encode(string text, Recognition recognition, bool withSpecials)
    {
        var ids = new List<int>();
        text = WithoutLoneSurrogates(text);
        AddSegment(text, 0, text.Length, recognition, _model.NewEncoder(), ids);
        return withSpecials ? [.. _definition.Before, .. ids, .. _definition.After] : [.. ids];
    }

    private void AddSegment(
        string text, int start, int end, Recognition recognition, IPieceEncoder encoder, List<int> ids)
    {
        if (start >= end)
        {
            return;
        }

        var segment = start == 0 && end == text.Length ? text : text[start..end];
        Alternate(segment, recognition.Raw, ids, (raw, rawStart) =>
        {
            var normalised = _definition.Normalizer.Normalize(raw, BoundedTextBuilder.LimitFor(raw));
            Alternate(normalised, recognition.Normalised, ids, (part, partStart) =>
                AddText(part, atStart: start == 0 && rawStart == 0 && partStart == 0, encoder, ids));
        });
    }

    /// <summary>Adds the ids of the added tokens found; hands on what lies between.</summary>
    private static void Alternate(string text, AddedTokenMatcher matcher, List<int> ids, Action<string, int> between)
    {
        var at = 0;
        foreach (var match in matcher.FindAll(text))
        {
            if (match.Start > at)
            {
                between(text[at..match.Start], at);
            }

            ids.Add(match.Token.Id);
            at = match.End;
        }

        if (at < text.Length)
        {
            between(at == 0 ? text : text[at..], at);
        }
    }

    private void AddText(string text, bool atStart, IPieceEncoder encoder, List<int> ids)
    {
        var pieces = _definition.PreTokenizer.Split(Pieces.Whole(text, atStart));
        foreach (var piece in pieces.List)
        {
            encoder.Encode(pieces.Text.AsSpan(piece.Start, piece.Length), ids);
        }
    }

    private void CheckControlsOff()
    {
        foreach (var token in Controls.Tokens)
        {
            if (EncodePlain(token.Content, withSpecials: false).Any(id => Controls.Contains(id) && id != UnknownId))
            {
                throw new TokenizerFormatException($"added_tokens: '{token.Content}' as plain text gives a control token");
            }
        }
    }

    private static string WithoutLoneSurrogates(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
        {
            return text;
        }

        // One code unit for one: positions stay.
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            result.Append(rune);
        }

        return result.ToString();
    }

    /// <summary>Which added tokens are recognised: those in the raw text, then those in the normalised text.</summary>
    private sealed class Recognition(IReadOnlyList<AddedToken> tokens, INormalizer normalizer)
    {
        public AddedTokenMatcher Raw { get; } = new(tokens.Where(token => !token.Normalized));

        public AddedTokenMatcher Normalised { get; } =
            new(tokens.Where(token => token.Normalized), token => normalizer.Normalize(token.Content, BoundedTextBuilder.LimitFor(token.Content)));
    }
}
