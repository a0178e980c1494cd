using System.Buffers.Text;
using System.Text;
using Bailiwick.Protocol.Receipts;

namespace Bailiwick.Tests.Protocol;

/// <summary>The receipt's form, which callers keep for years.</summary>
public sealed class ReceiptTests
{
    private const string Json =
        """{"v":1,"log":"test.example/log","turn":"t-1","build":"aa","seed":42,"intent":"bb","outcome":"cc","prompt_salt":"dd","answer_salt":"ee"}""";

    private static readonly Receipt Sample = new()
    {
        Log = "test.example/log", Turn = "t-1", Build = "aa", Seed = 42, Intent = "bb", Outcome = "cc", PromptSalt = "dd", AnswerSalt = "ee",
    };

    [Fact]
    public void Text_OfAReceipt_IsTheStatedJsonInBase64Url()
    {
        Assert.Equal(Json, Encoding.UTF8.GetString(Base64Url.DecodeFromChars(Sample.ToText())));
        Assert.True(Receipt.TryParse(Sample.ToText(), out var read));
        Assert.Equal(Sample, read);
    }

    [Fact]
    public void Outcome_NotDurableYet_IsLeftOut()
    {
        var text = (Sample with { Outcome = null }).ToText();

        Assert.DoesNotContain("outcome", Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)), StringComparison.Ordinal);
        Assert.True(Receipt.TryParse(text, out var read));
        Assert.Null(read.Outcome);
    }

    [Theory]
    [InlineData("another version", "\"v\":1", "\"v\":2")]
    [InlineData("an unknown field", "\"v\":1", "\"v\":1,\"w\":1")]
    [InlineData("a field that is missing", "\"turn\":\"t-1\",", "")]
    [InlineData("a null", "\"turn\":\"t-1\"", "\"turn\":null")]
    [InlineData("a text for a number", "\"seed\":42", "\"seed\":\"42\"")]
    [InlineData("no JSON", "{", "")]
    public void Text_WithAFault_IsNoReceipt(string fault, string was, string now)
    {
        var text = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(Json.Replace(was, now, StringComparison.Ordinal)));

        Assert.False(Receipt.TryParse(text, out _), fault);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("not base64!")]
    public void Text_ThatIsNoBase64Url_IsNoReceipt(string? text) => Assert.False(Receipt.TryParse(text, out _));

    [Fact]
    public void Text_TooLong_IsNoReceipt() => Assert.False(Receipt.TryParse(new string('A', Receipt.MaxLength + 1), out _));
}
