using Bailiwick.Decoder.Sampling;
using CsCheck;

namespace Bailiwick.Tests.Decoder.Sampling;

public sealed class TokenMaskTests
{
    [Fact]
    public void Apply_AnyMask_ClearsExactlyWhatIsNotAllowed() =>
        Gen.Bool.Array[1, 200].Sample(
            allowed =>
            {
                var mask = new uint[TokenMask.Words(allowed.Length)];
                for (var id = 0; id < allowed.Length; id++)
                {
                    if (allowed[id])
                    {
                        TokenMask.Allow(mask, id);
                    }
                }

                var logits = Enumerable.Range(0, allowed.Length).Select(static id => (float)id).ToArray();
                TokenMask.Apply(mask, logits);
                return Enumerable.Range(0, allowed.Length)
                    .All(id => TokenMask.Allows(mask, id) == allowed[id] && float.IsFinite(logits[id]) == allowed[id]);
            },
            seed: "0000KOIKe1C0",
            threads: 1);
}
