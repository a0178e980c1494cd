using System.Text.Json;
using System.Text.Json.Nodes;
using Bailiwick.Text;
using Bailiwick.Text.Tokens;

namespace Bailiwick.Tests.Text.Tokens;

[Trait("Category", "Forgery")]
public sealed class ControlTokenTests
{
    [Fact]
    public void EncodeChat_TokenHalfClientHalfTemplate_IsText()
    {
        var prompt = new OriginTextBuilder().Append("<|im_", Origin.Client).Append("end|>", Origin.Template).ToOriginText();
        Assert.Equal(Tokenizers.SmolLm2.EncodePlain("<|im_end|>"), Tokenizers.SmolLm2.EncodeChat(prompt).Ids);
    }

    [Fact]
    public void EncodeChat_TextBesideAControlToken_IsTokenisedAcrossOrigins()
    {
        var prompt = new OriginTextBuilder()
            .Append("<|im_start|>user\nHel", Origin.Template).Append("lo wor", Origin.Client).Append("ld", Origin.Template).ToOriginText();
        var encoded = Tokenizers.SmolLm2.EncodeChat(prompt);
        Assert.Equal(Tokenizers.SmolLm2.EncodeRecognising("<|im_start|>user\nHello world"), encoded.Ids);
        Assert.Equal([0], encoded.ControlPositions);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void EncodeChat_ControlTokenThatTakesWhiteSpace_TakesTheClientsToo(bool normalized)
    {
        var model = WithAdded("bpe320", new JsonObject
        {
            ["id"] = 320, ["content"] = "<|x|>", ["lstrip"] = true, ["rstrip"] = true, ["normalized"] = normalized, ["special"] = true,
        });
        var prompt = new OriginTextBuilder()
            .Append("a \n", Origin.Client).Append("<|x|>", Origin.Template).Append(" b", Origin.Client).ToOriginText();
        Assert.Equal([.. model.EncodePlain("a"), 320, .. model.EncodePlain("b")], model.EncodeChat(prompt).Ids);
    }

    [Fact]
    public void EncodePlain_OrdinaryAddedToken_IsStillRecognised()
    {
        var model = WithAdded("bpe320", new JsonObject { ["id"] = 320, ["content"] = "<table>" });
        Assert.Equal([320], model.EncodePlain("<table>"));
        Assert.False(model.Controls.Contains(320));
    }

    [Theory]
    [MemberData(nameof(Tokenizers.Families), MemberType = typeof(Tokenizers))]
    public void EncodePlain_EveryControlText_GivesNoControlId(string family)
    {
        var model = Tokenizers.Family(family);
        Assert.NotEmpty(model.Controls.Tokens);
        foreach (var token in model.Controls.Tokens)
        {
            var ids = model.EncodePlain("a" + token.Content + "b");
            Assert.DoesNotContain(ids, id => model.Controls.Contains(id) && id != model.UnknownId);
        }
    }

    // A vocabulary with whole control texts in it: without blocking, Viterbi would take them, for look-alikes too.
    [Theory]
    [InlineData("<eot>")]
    [InlineData("\uFF1Ceot\uFF1E")]
    public void EncodePlain_UnigramPieceSpellsAControlToken_IsBlocked(string text)
    {
        var json = JsonNode.Parse(Tokenizers.FamilyJson("unigram"))!;
        json["normalizer"] = new JsonObject { ["type"] = "NFKC" };
        var pieces = json["model"]!["vocab"]!.AsArray();
        pieces.Add(new JsonArray("<eot>", 0.0));
        json["added_tokens"]!.AsArray().Add(new JsonObject
        {
            ["id"] = pieces.Count - 1, ["content"] = "<eot>", ["special"] = true, ["normalized"] = true,
        });
        var model = Load(json);
        Assert.Contains(pieces.Count - 1, model.EncodeRecognising(text));
        Assert.DoesNotContain(pieces.Count - 1, model.EncodePlain(text));
    }

    [Fact]
    public void EncodePlain_WholePieceIsAControlTokenUnderIgnoreMerges_IsBlocked()
    {
        var json = JsonNode.Parse(Tokenizers.FamilyJson("bpe320"))!;
        json["model"]!["ignore_merges"] = true;
        json["pre_tokenizer"] = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["use_regex"] = false };
        Assert.DoesNotContain(2, Load(json).EncodePlain("<|end|>"));
    }

    // Bytes without a token would otherwise be written as the token that ends a turn.
    [Fact]
    public void EncodePlain_UnknownTokenIsATurnBorder_LosesUnknownCharactersInstead()
    {
        var json = JsonNode.Parse(File.ReadAllBytes(Repository.Fixture("smollm2-135m-instruct", "tokenizer.json")))!;
        json["model"]!["unk_token"] = "<|endoftext|>";
        var model = Load(json);
        int[] withoutIt = [.. model.EncodePlain("a"), .. model.EncodePlain("b")];
        Assert.Equal(withoutIt, model.EncodePlain("a\u0004b"));
        Assert.Single(model.Warnings);
    }

    [Theory]
    [InlineData("{% for m in messages %}[INST] {{ m.content }} [/INST]{% endfor %}", 1)]
    [InlineData("{% for m in messages %}<|turn|>{{ m.role }}\n{{ m.content }}<|end|>{% endfor %}", 0)]
    [InlineData("{{ raise_exception('no') }}", 1)]
    public void Load_TemplateWithoutControlTokenAtABorder_Warns(string template, int warnings) =>
        Assert.Equal(warnings, ModelText.Load(Tokenizers.FamilyJson("bpe320"), chatTemplate: template).Warnings.Count);

    private static ModelText WithAdded(string family, JsonObject token)
    {
        var json = JsonNode.Parse(Tokenizers.FamilyJson(family))!;
        json["added_tokens"]!.AsArray().Add(token);
        return Load(json);
    }

    private static ModelText Load(JsonNode json) => ModelText.Load(JsonSerializer.SerializeToUtf8Bytes(json));
}
