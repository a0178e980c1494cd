using System.Text.Encodings.Web;
using System.Text.Json;

namespace Bailiwick.Text.ToolCalls;

/// <summary>How JSON is spelled that this project writes itself: letters as they are.</summary>
internal static class CallJson
{
    public static JsonSerializerOptions Options { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
