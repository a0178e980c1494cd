using System.Text.Json;
using System.Text.Unicode;
using Bailiwick.Protocol;
using Bailiwick.Silo.Hosting;

namespace Bailiwick.Silo.Api.OpenAi;

/// <summary>
/// Reads a body as JSON, strictly (RFC 8259, RFC 7493): UTF-8, no duplicate keys, no lone surrogates, at most
/// <see cref="MaxDepth"/> levels. The sentences give places, never words of the body.
/// </summary>
internal static class RequestJson
{
    /// <summary>Levels of arrays and objects.</summary>
    public const int MaxDepth = 64;

    private static readonly JsonDocumentOptions Bounds = new() { MaxDepth = MaxDepth, AllowDuplicateProperties = false };

    /// <summary>The document lies in the body's memory: dispose it first.</summary>
    public static (JsonDocument? Document, Refusal? Refusal) Read(ReadOnlyMemory<byte> body)
    {
        if (body.IsEmpty)
        {
            return (null, Invalid("The body is empty; a JSON object is needed."));
        }

        if (!Utf8.IsValid(body.Span))
        {
            return (null, Invalid("The body is not UTF-8."));
        }

        if (Fault(body.Span) is { } fault)
        {
            return (null, fault);
        }

        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(body, Bounds);
        }
        catch (JsonException)
        {
            // It is well-formed: nothing else is left.
            return (null, Invalid("An object in the body has a key twice."));
        }

        if (document.RootElement.ValueKind == JsonValueKind.Object)
        {
            return (document, null);
        }

        document.Dispose();
        return (null, Invalid("The body is not a JSON object."));
    }

    private static Refusal? Fault(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            while (reader.Read())
            {
                if (reader.ValueIsEscaped && !IsText(ref reader))
                {
                    return Invalid($"The body holds half of a surrogate pair, which is not text, before byte {reader.BytesConsumed}.");
                }
            }

            return null;
        }
        catch (JsonException problem)
        {
            return Invalid(
                $"The body is not JSON of at most {MaxDepth} levels: line {problem.LineNumber + 1}, byte {problem.BytePositionInLine + 1}.");
        }
    }

    private static bool IsText(ref Utf8JsonReader reader)
    {
        try
        {
            reader.GetString();
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static Refusal Invalid(string sentence) => new(Errors.Invalid, sentence);
}
