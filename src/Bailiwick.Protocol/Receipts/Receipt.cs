using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Bailiwick.Protocol.Receipts;

/// <summary>
/// What a caller gets for a turn: which leaves of which log record it, and the salts that open their commitments. Travels as
/// <see cref="ToText"/> in the trailer `bailiwick-receipt` and the header `X-Bailiwick-Receipt`; its form is stated in
/// bailiwick/audit/v1/audit.proto. Immutable.
/// </summary>
public sealed record Receipt
{
    /// <summary>Name of the gRPC trailer.</summary>
    public const string Trailer = "bailiwick-receipt";

    /// <summary>Name of the HTTP header.</summary>
    public const string Header = "X-Bailiwick-Receipt";

    /// <summary>Longest text accepted, characters.</summary>
    public const int MaxLength = 2048;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        RespectNullableAnnotations = true,
    };

    /// <summary>Version of the form: 1.</summary>
    public int V { get; init; } = 1;

    /// <summary>Origin of the log (C2SP checkpoint).</summary>
    public required string Log { get; init; }

    /// <summary>Id of the turn.</summary>
    public required string Turn { get; init; }

    /// <summary>Tree digest of the build that answered, hex.</summary>
    public required string Build { get; init; }

    /// <summary>Seed of the draws, below 2^53.</summary>
    public required long Seed { get; init; }

    /// <summary>RFC 6962 leaf hash of the intent, hex.</summary>
    public required string Intent { get; init; }

    /// <summary>Leaf hash of the outcome, hex; null while it is not durable.</summary>
    public string? Outcome { get; init; }

    /// <summary>Salt of the commitment to the prompt, hex of 32 bytes.</summary>
    public required string PromptSalt { get; init; }

    /// <summary>Salt of the commitment to the answer, hex of 32 bytes.</summary>
    public required string AnswerSalt { get; init; }

    /// <summary>Base64url without padding over the JSON: ASCII, fit for a header.</summary>
    public string ToText() => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(this, Json));

    /// <summary>Reads the text; false for anything that is not a receipt of version 1.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out Receipt? receipt)
    {
        receipt = null;
        if (text is not { Length: > 0 and <= MaxLength } || !Base64Url.IsValid(text))
        {
            return false;
        }

        try
        {
            receipt = JsonSerializer.Deserialize<Receipt>(Base64Url.DecodeFromChars(text), Json) is { V: 1 } read ? read : null;
        }
        catch (JsonException)
        {
            receipt = null;
        }

        return receipt is not null;
    }
}
