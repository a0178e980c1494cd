using System.Text;
using Bailiwick.Protocol;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Protocol.Receipts;
using Bailiwick.Silo.Api.OpenAi;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Turns;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using TurnEvent = Bailiwick.Silo.Turns.TurnEvent;

namespace Bailiwick.Tests.Silo.OpenAi;

/// <summary>Turns to write and a response to read.</summary>
internal static class AnswerFixture
{
    public static TurnStarted Started { get; } =
        new("0a1b", "smol", "0123456789abcdef0123456789abcdef", 7, 3, DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));

    public static Receipt Receipt { get; } = new()
    {
        Log = "l", Turn = "0a1b", Build = "b", Seed = 7, Intent = "i", PromptSalt = "p", AnswerSalt = "a",
    };

    public static TurnEnded Ended { get; } = new(Length: false, "", null, 3, 2, Receipt);

    public static TurnFailed Failed { get; } =
        new(new Refusal(Errors.Draining, "The node goes.") { RetryAfter = TimeSpan.FromSeconds(1.2) }, null);

    public static TurnTokens Tokens(params string[] texts) => new([.. texts.Select(text => Token(text))]);

    public static DecodedToken Token(string text, params (string Text, float Logprob)[] top) => new(
        text.Length, text, -0.5f,
        [.. top.Select(other => new Alternative { Id = other.Text.Length, Text = other.Text, Logprob = other.Logprob, Raw = ByteString.CopyFromUtf8(other.Text) })],
        ByteString.Empty, Forced: false);

    public static async IAsyncEnumerable<TurnEvent> Turn(params TurnEvent[] events)
    {
        foreach (var next in events)
        {
            await Task.Yield();
            yield return next;
        }
    }

    public static (HttpContext Context, MemoryStream Body) Response()
    {
        var body = new MemoryStream();
        return (new DefaultHttpContext { Response = { Body = body } }, body);
    }

    /// <summary>Writes a turn to its end.</summary>
    public static async Task WriteAsync(HttpContext context, IAnswer answer, params TurnEvent[] events)
    {
        try
        {
            await AnswerLoop.WriteAsync(context, Turn(events), answer, CancellationToken.None);
        }
        finally
        {
            if (answer is IAsyncDisposable stream)
            {
                await stream.DisposeAsync();
            }
        }
    }

    public static string Text(this MemoryStream body) => Encoding.UTF8.GetString(body.ToArray());
}
