using System.Text;
using Bailiwick.Protocol;
using Bailiwick.Silo.Sessions;

namespace Bailiwick.Tests.Silo.Sessions;

/// <summary>A sealed value opens with its key, in its place, unchanged, and not otherwise.</summary>
public sealed class SealTests
{
    private static readonly SealedPlace Here = new(SealedPlace.Request, "turn_1", "ministry");
    private static readonly byte[] Words = Encoding.UTF8.GetBytes("what nobody may read");

    public static TheoryData<string, string, string> OtherPlaces => new()
    {
        { SealedPlace.Answer, "turn_1", "ministry" },
        { SealedPlace.Request, "turn_2", "ministry" },
        { SealedPlace.Request, "turn_1", "other" },
        // The parts are told apart, not strung together.
        { SealedPlace.Request, "turn_1m", "inistry" },
    };

    [Fact]
    public void Value_InItsPlace_Opens()
    {
        var seal = new Seal(Keys(1));

        var value = seal.Close(Words, Here, epoch: 7);

        Assert.True(seal.TryOpen(value, Here, out var plain));
        Assert.Equal(Words, plain);
        Assert.True(Seal.TryReadHeader(value, out var key, out var epoch, out _));
        Assert.Equal(("k1", 7L), (key, epoch));
        Assert.DoesNotContain("nobody", Encoding.Latin1.GetString(value), StringComparison.Ordinal);
    }

    [Fact]
    public void Value_Empty_Opens()
    {
        var seal = new Seal(Keys(1));

        Assert.True(seal.TryOpen(seal.Close([], Here, 1), Here, out var plain));
        Assert.Empty(plain);
    }

    [Fact]
    public void Value_SealedTwice_LooksDifferent()
    {
        var seal = new Seal(Keys(1));

        Assert.NotEqual(seal.Close(Words, Here, 1), seal.Close(Words, Here, 1));
    }

    [Theory]
    [MemberData(nameof(OtherPlaces))]
    public void Value_InAnotherPlace_DoesNotOpen(string kind, string row, string tenant)
    {
        var seal = new Seal(Keys(1));

        Assert.False(seal.TryOpen(seal.Close(Words, Here, 1), new SealedPlace(kind, row, tenant), out _));
    }

    [Fact]
    public void Value_OfAnotherKeyOfTheSameName_DoesNotOpen() =>
        Assert.False(new Seal(Keys(2)).TryOpen(new Seal(Keys(1)).Close(Words, Here, 1), Here, out _));

    [Fact]
    public void Value_OneBitOfAnyByteFlipped_DoesNotOpen()
    {
        var seal = new Seal(Keys(1));
        var value = seal.Close(Words, Here, 1);
        for (var at = 0; at < value.Length; at++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                var changed = value.ToArray();
                changed[at] ^= (byte)(1 << bit);
                Assert.False(seal.TryOpen(changed, Here, out _), $"byte {at}, bit {bit}");
            }
        }
    }

    [Fact]
    public void Value_CutShortAnywhere_DoesNotOpen()
    {
        var seal = new Seal(Keys(1));
        var value = seal.Close(Words, Here, 1);

        Assert.All(Enumerable.Range(0, value.Length), length => Assert.False(seal.TryOpen(value.AsSpan(0, length), Here, out _)));
    }

    [Fact]
    public void Keys_Rotated_SealByTheNewestAndOpenTheOlder()
    {
        var first = SealingKeys.Begin("k1", Key(1));
        var rotated = SealingKeys.Rotate(first, Key(2), out var id);
        var (before, after) = (new Seal(Read(first)), new Seal(Read(rotated)));
        var old = before.Close(Words, Here, 1);

        Assert.Equal(("k2", "k2"), (id, after.Newest));
        Assert.True(after.TryOpen(old, Here, out _));
        var value = after.Close(Words, Here, 1);
        Assert.True(after.TryOpen(value, Here, out _));
        Assert.False(before.TryOpen(value, Here, out _));
    }

    public static TheoryData<string, string> BadFiles => new()
    {
        { "", "does not begin" },
        { "bailiwick-sealing-keys-v2\nk1 AAAA", "does not begin" },
        { "bailiwick-sealing-keys-v1\n", "holds 0 keys" },
        { "bailiwick-sealing-keys-v1\nk1 AAAA\n", "line 2" },
        { $"bailiwick-sealing-keys-v1\nK1 {Base64(1)}\n", "line 2" },
        { $"bailiwick-sealing-keys-v1\nk1 {Base64(1)} x\n", "line 2" },
        { $"bailiwick-sealing-keys-v1\nk1 {Base64(1)}\nk1 {Base64(2)}\n", "line 3 repeats" },
        { $"bailiwick-sealing-keys-v1\nk1 {Base64(1)}\nk2 {Base64(1)}\n", "line 3 repeats" },
    };

    [Theory]
    [MemberData(nameof(BadFiles))]
    public void KeyFile_OfAnotherForm_IsRefusedWithoutItsKeys(string text, string fault)
    {
        Assert.False(SealingKeys.TryRead(text, out _, out var told));
        Assert.Contains(fault, told, StringComparison.Ordinal);
        Assert.DoesNotContain(Base64(1), told, StringComparison.Ordinal);
    }

    private static SealingKeys Keys(byte seed) => Read(SealingKeys.Begin("k1", Key(seed)));

    private static SealingKeys Read(string text) => SealingKeys.TryRead(text, out var keys, out var fault) ? keys : throw new InvalidOperationException(fault);

    private static byte[] Key(byte seed) => [.. Enumerable.Repeat(seed, SealingKeys.KeyLength)];

    private static string Base64(byte seed) => Convert.ToBase64String(Key(seed));
}
