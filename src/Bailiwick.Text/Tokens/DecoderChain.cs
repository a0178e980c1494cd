namespace Bailiwick.Text.Tokens;

/// <summary>The <c>decoder</c> of a tokenizer file, in the order in which published files put its steps.</summary>
/// <param name="ByteLevel">Tokens are spelled in the byte alphabet; there are no other steps then.</param>
/// <param name="Rewrites">Applied to the text of each token.</param>
/// <param name="FirstRewrites">The same for the first token of a text.</param>
/// <param name="ByteFallback">Whether <c>&lt;0x41&gt;</c> stands for a byte.</param>
/// <param name="StripContent">A character removed at the start of the whole text.</param>
/// <param name="StripCount">At most so many times; 0: not.</param>
internal sealed record DecoderChain(
    bool ByteLevel,
    IReadOnlyList<Func<string, string>> Rewrites,
    IReadOnlyList<Func<string, string>> FirstRewrites,
    bool ByteFallback,
    string StripContent,
    int StripCount);

internal static class DecoderReader
{
    public static DecoderChain Read(JsonValue? decoder)
    {
        if (decoder is not { } component)
        {
            throw new TokenizerNotSupportedException("decoder: a tokenizer without a decoder");
        }

        var builder = new Builder();
        builder.Add(component);
        return builder.Build(component);
    }

    private sealed class Builder
    {
        // The bytes of all tokens are kept: they must not be many times what the file has.
        private const int LongestReplacement = 4;

        private readonly List<Func<string, string>> _rewrites = [];
        private readonly List<Func<string, string>> _firstRewrites = [];
        private bool _byteLevel;
        private bool _byteFallback;
        private bool _fuse;
        private string _stripContent = "";
        private int _stripCount;

        public void Add(JsonValue component)
        {
            switch (component.Type())
            {
                case "Sequence":
                    foreach (var item in component.Get("decoders").Items())
                    {
                        Add(item);
                    }

                    break;
                case "ByteLevel": _byteLevel = true; break;
                case "Replace": AddReplace(component); break;
                case "Metaspace": AddMetaspace(component); break;
                case "ByteFallback" when !_fuse: _byteFallback = true; break;
                case "Fuse": _fuse = true; break;
                case "Strip": AddStrip(component); break;
                case var type: throw component.NotSupported($"decoder '{type}' in this place");
            }
        }

        public DecoderChain Build(JsonValue component)
        {
            var hasOthers = _rewrites.Count > 0 || _byteFallback || _stripCount > 0;
            return _byteLevel && hasOthers
                ? throw component.NotSupported("decoder 'ByteLevel' together with others")
                : new DecoderChain(_byteLevel, _rewrites, _firstRewrites, _byteFallback, _stripContent, _stripCount);
        }

        private void AddReplace(JsonValue component)
        {
            var replace = new ReplaceNormalizer(
                PatternReader.Read(component.Get("pattern")), component.Get("content").Text(LongestReplacement));
            AddRewrite(component, Rewrite, Rewrite);

            string Rewrite(string token) => replace.Normalize(token, LongestReplacement * Vocabulary.LongestToken);
        }

        private void AddMetaspace(JsonValue component)
        {
            var (mark, scheme) = PreTokenizerReader.MetaspaceSettings(component);
            var ofFirst = scheme == PrependScheme.Never ? " " : "";
            AddRewrite(
                component,
                token => token.Replace(mark, ' '),
                token => token.Replace(mark.ToString(), ofFirst, StringComparison.Ordinal));
        }

        private void AddStrip(JsonValue component)
        {
            // Where the text ends is known only at the end: what is shown could not be taken back.
            if (!_fuse || _stripCount > 0 || component.Get("stop").Integer(0, int.MaxValue) > 0)
            {
                throw component.NotSupported("decoder 'Strip' other than at the start of the whole text");
            }

            _stripContent = component.Get("content").Text();
            _stripCount = _stripContent.Length > 0 ? component.Get("start").Integer(0, 1024) : 0;
        }

        private void AddRewrite(JsonValue component, Func<string, string> rewrite, Func<string, string> ofFirst)
        {
            if (_byteFallback || _fuse)
            {
                throw component.NotSupported($"decoder '{component.Type()}' behind ByteFallback or Fuse");
            }

            _rewrites.Add(rewrite);
            _firstRewrites.Add(ofFirst);
        }
    }
}
