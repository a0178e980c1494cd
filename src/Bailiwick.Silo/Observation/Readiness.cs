using System.Text;
using Bailiwick.Silo.Hosting;

namespace Bailiwick.Silo.Observation;

/// <summary>
/// `/ready`: 200 where no feature objects, else 503 with a sentence of each that does.
/// </summary>
internal static class Readiness
{
    public static async Task AnswerAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var features = context.RequestServices.GetServices<IObserved>().ToList();
        var against = features.Select(feature => feature.Unready).OfType<string>().ToList();
        context.Response.StatusCode = against.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "text/plain; charset=utf-8";
        var text = (against.Count == 0 ? "ready\n" : string.Concat(against.Select(sentence => $"not ready: {sentence}\n")))
            + string.Concat(features.Select(feature => feature.Remark).OfType<string>().Select(sentence => $"note: {sentence}\n"));
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken);
    }
}
