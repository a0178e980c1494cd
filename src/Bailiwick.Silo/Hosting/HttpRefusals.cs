using System.Globalization;
using System.Text.Json;

namespace Bailiwick.Silo.Hosting;

/// <summary>Writes a refusal where nothing has been answered yet.</summary>
internal delegate Task WriteRefusal(HttpContext context, Refusal refusal, CancellationToken cancellationToken);

/// <summary>A refusal over HTTP before any endpoint has a say: status and the error object that OpenAI's clients read.</summary>
internal static class HttpRefusals
{
    public static async Task WriteAsync(HttpContext context, Refusal refusal, CancellationToken cancellationToken)
    {
        var response = context.Response;
        response.StatusCode = refusal.Row.Http;
        response.ContentType = "application/json";
        if (response.StatusCode == StatusCodes.Status401Unauthorized)
        {
            response.Headers.WWWAuthenticate = "Bearer";
        }

        if (refusal.RetryAfter is { } wait)
        {
            response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        await response.Body.WriteAsync(Body(refusal), cancellationToken);
    }

    /// <summary>`{"error": {"message", "type", "param", "code"}}`.</summary>
    public static byte[] Body(Refusal refusal) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        error = new
        {
            message = $"{refusal.Sentence} {refusal.Row.Advice}",
            type = Type(refusal.Row.Http),
            param = refusal.Field,
            code = refusal.Row.Code,
        },
    });

    /// <summary>The word that OpenAI uses for a class of status codes.</summary>
    private static string Type(int status) => status switch
    {
        401 => "authentication_error",
        403 or 421 => "permission_error",
        429 => "rate_limit_error",
        >= 500 => "server_error",
        _ => "invalid_request_error",
    };
}
