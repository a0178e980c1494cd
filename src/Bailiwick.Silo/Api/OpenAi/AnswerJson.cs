using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Bailiwick.Silo.Api.OpenAi;

/// <summary>How this door spells JSON: text beyond ASCII as it is, what HTML could take for markup escaped.</summary>
internal static class AnswerJson
{
    public static JsonWriterOptions Options { get; } = new()
    {
        Encoder = JavaScriptEncoder.Create(UnicodeRanges.All),
        SkipValidation = true,
    };
}
