using System.Text;
using System.Text.Json;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Silo.Api.OpenAi;
using Bailiwick.Silo.Hosting;

namespace Bailiwick.Silo.Api.Responses;

/// <summary>
/// Reads the body of POST /v1/responses. What would change the answer and is not served is refused by name; what clients send along
/// (include, client_metadata, prompt_cache_key, …) is let by. `reasoning` asks nothing of the models here: it is taken, and the response
/// says that its effort is null.
/// </summary>
internal static class ResponseReader
{
    private const int MostTopLogprobs = 20;
    private const string IncludeLogprobs = "message.output_text.logprobs";

    public static (ResponseRequest? Request, Refusal? Refusal) Read(JsonElement body)
    {
        var request = new RequestFields(body);
        UnservedFields.RefuseInResponse(request);
        var alternatives = (int)(request.Whole("top_logprobs", 0, MostTopLogprobs) ?? 0);
        var withLogprobs = alternatives > 0 || Includes(request, IncludeLogprobs);
        var submit = new Submit
        {
            MaxTokens = (int)(request.Whole("max_output_tokens", 1, int.MaxValue) ?? 0),
            Logprobs = withLogprobs,
            TopLogprobs = alternatives,
        };
        RequestSampling.Read(request, submit);
        submit.Grammar = RequestGrammar.ReadInResponse(request);
        var tools = ResponseTools.Read(request);
        var asked = new ResponseRequest
        {
            Model = RequestReader.Model(request),
            Submit = submit,
            SeedGiven = RequestSampling.Seed(request) is not null,
            Raise = RequestReader.RaiseAlone(request),
            Instructions = request.Text("instructions"),
            Input = InputReader.Read(request),
            IsStream = request.Flag("stream") ?? false,
            IsBackground = request.Flag("background") ?? false,
            Store = request.Flag("store"),
            Previous = request.Text("previous_response_id"),
            Conversation = Conversation(request),
            Tools = tools,
            Body = Encoding.UTF8.GetBytes(body.GetRawText()),
            Options = new ResponseOptions(withLogprobs, tools.Names),
        };
        CheckKeeping(request, asked);
        asked = asked with { Echo = ResponseEcho.Of(request, asked, tools.Offered) };
        return request.Fault is { } fault ? (null, fault) : (asked, null);
    }

    private static void CheckKeeping(RequestFields request, ResponseRequest asked)
    {
        if (asked.Previous is not null && asked.Conversation is not null)
        {
            request.Refuse("previous_response_id", "goes not together with conversation: give one");
        }

        if (asked.IsBackground && asked.Store is false)
        {
            request.Refuse("background", "needs store: nobody could come back for the answer");
        }
    }

    /// <summary>An id, or an object with one.</summary>
    private static string? Conversation(RequestFields request)
    {
        const string Field = "conversation";
        return request.Any(Field) is { ValueKind: JsonValueKind.Object } ? request.Object(Field)!.Required("id") : request.Text(Field);
    }

    private static bool Includes(RequestFields request, string word)
    {
        const string Field = "include";
        switch (request.Any(Field))
        {
            case null:
                return false;
            case { ValueKind: JsonValueKind.Array } list when list.EnumerateArray().All(entry => entry.ValueKind == JsonValueKind.String):
                return list.EnumerateArray().Any(entry => entry.ValueEquals(word));
            default:
                request.Refuse(Field, "must be an array of strings");
                return false;
        }
    }
}
