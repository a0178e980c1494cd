using System.Text;
using System.Text.Json;
using Bailiwick.Silo.Api.OpenAi;
using Bailiwick.Silo.Api.Responses;
using Bailiwick.Silo.Hosting;

namespace Bailiwick.Tests.Silo.OpenAi;

/// <summary>Whatever arrives is a request or a refusal, never an exception, and no sentence quotes it.</summary>
[Trait("Category", "Hostile")]
public sealed class RequestFuzzTests
{
    private const string Seed = """
        {"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"zzplanted\u00fc\ud83c\udf0d"}]},{"role":"assistant",
        "content":null,"tool_calls":[{"id":"zzplanted","function":{"name":"f","arguments":"{\"a\":1e3}"}}]},{"role":"tool","tool_call_id":"zzplanted",
        "content":"7"}],"temperature":0.5,"max_tokens":16,"seed":7,"stop":["zzplanted"],"logit_bias":{"5":-1.5},"stream":true,
        "stream_options":{"include_usage":true},"response_format":{"type":"json_schema","json_schema":{"name":"zzplanted","schema":{"type":"object"}}},
        "bailiwick":{"label":{"purpose":"zzplanted"}},"input":[{"role":"user","content":"zzplanted"},{"type":"message","role":"assistant","content":[
        {"type":"output_text","text":"zzplanted"}]},{"type":"function_call","call_id":"zzplanted","name":"f","arguments":"{}"},
        {"type":"function_call_output","call_id":"zzplanted","output":"zzplanted"}],"metadata":{"zzplanted":"zzplanted"},"n":1,"logprobs":true,"top_logprobs":2,"prompt":"zzplanted","user":"zzplanted"}
        """;

    private static readonly string[] Pieces =
        ["\"", "{", "}", "[", "]", ":", ",", "null", "1e999", "-0", "\\ud800", "\\u0000", "\0", "\u00e9", "9".PadLeft(40, '9'), "true", "[[[[", "{\"a\":"];

    [Fact]
    public void Bodies_ChangedAtRandom_NeverThrowAndAreNeverQuoted()
    {
        var chance = new Random(20261124);
        var reader = new RequestReader(TimeProvider.System);
        var (read, responses, refused) = (0, 0, 0);
        for (var i = 0; i < 30_000; i++)
        {
            var body = Changed(chance);
            var (document, fault) = RequestJson.Read(body);
            using (document)
            {
                if (document is not null)
                {
                    var response = ResponseReader.Read(WithoutChat(document.RootElement));
                    foreach (var (request, refusal) in new (object? Request, Refusal? Refusal)[]
                    {
                        reader.Chat(document.RootElement), RequestReader.Completion(document.RootElement), response,
                    })
                    {
                        Assert.True(request is null != refusal is null);
                        read += request is null ? 0 : 1;
                        AssertPayloadFree(refusal?.Sentence);
                    }

                    responses += response.Request?.ToTurn(DateTimeOffset.UnixEpoch) is null ? 0 : 1;
                }
                else
                {
                    refused++;
                    AssertPayloadFree(fault!.Sentence);
                }
            }
        }

        Assert.True(
            read > 1000 && responses > 1000 && refused > 1000,
            $"{read} read, {responses} of them by /v1/responses, {refused} refused: the changes miss one side");
    }

    /// <summary>Where two endpoints give one thing two names, /v1/responses refuses the other's.</summary>
    private static JsonElement WithoutChat(JsonElement body) => JsonSerializer.SerializeToElement(
        body.EnumerateObject().Where(field => field.Name is not ("messages" or "max_tokens" or "response_format" or "logprobs" or "prompt"))
            .ToDictionary(field => field.Name, field => field.Value));

    private static void AssertPayloadFree(string? sentence) =>
        Assert.DoesNotContain("zzplanted", sentence ?? "", StringComparison.Ordinal);

    private static byte[] Changed(Random chance)
    {
        var bytes = Encoding.UTF8.GetBytes(Seed).ToList();
        for (var edits = chance.Next(1, 4); edits > 0; edits--)
        {
            var at = chance.Next(bytes.Count);
            switch (chance.Next(4))
            {
                case 0:
                    bytes[at] = (byte)chance.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, Math.Min(chance.Next(1, 30), bytes.Count - at));
                    break;
                case 2:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(Pieces[chance.Next(Pieces.Length)]));
                    break;
                default:
                    var length = Math.Min(chance.Next(1, 40), bytes.Count - at);
                    bytes.InsertRange(chance.Next(bytes.Count), bytes.GetRange(at, length));
                    break;
            }

            if (bytes.Count == 0)
            {
                bytes.Add((byte)'{');
            }
        }

        return [.. bytes];
    }
}
