using System.Globalization;
using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Protocol.Decoder;

/// <summary>
/// The time that a chat template sees. Fixed on this side, where the clock is, so that a resume renders the same prompt
/// and a count counts what a turn would get.
/// </summary>
internal static class ChatClock
{
    /// <summary>Fills chat.now where the caller left it empty.</summary>
    public static void Fill(Chat? chat, TimeProvider time)
    {
        if (chat is { Now.Length: 0 })
        {
            chat.Now = time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        }
    }
}
