using System.Security.Cryptography;
using Bailiwick.Protocol;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Sessions;
using Bailiwick.Silo.Turns;
using Google.Protobuf;
using Grpc.Core;

namespace Bailiwick.Silo.Api.Grpc;

/// <summary>The metadata `idempotency-key` of a call that makes a turn or a conversation.</summary>
internal static class IdempotencyMetadata
{
    public const string Name = "idempotency-key";

    /// <summary>The turn under its key; a request that keeps nothing then has nothing to do with the store.</summary>
    /// <param name="turn">As translated; null with a refusal.</param>
    /// <param name="refusal">Of the translation.</param>
    /// <param name="context">Of the call.</param>
    /// <param name="asked">The request without what differs between two sendings of it.</param>
    public static (TurnRequest? Turn, Refusal? Refusal) Under(
        TurnRequest? turn, Refusal? refusal, ServerCallContext context, IMessage asked)
    {
        if (turn is null)
        {
            return (null, refusal);
        }

        var (key, fault) = Read(context, asked);
        return fault is not null ? (null, fault)
            : key is not null ? (turn with { Keep = turn.Keep! with { Idempotency = key } }, null)
            : (turn.Keep is { IsVisible: true } or { Previous: not null } ? turn : turn with { Keep = null }, null);
    }

    /// <summary>Null and no refusal where there is none.</summary>
    public static (IdempotencyKey? Key, Refusal? Refusal) Read(ServerCallContext context, IMessage asked)
    {
        var values = context.RequestHeaders.Where(entry => entry.Key == Name).Select(entry => entry.Value).ToList();
        if (values.Count == 0)
        {
            return default;
        }

        if (values is not [var text] || !IdempotencyKey.IsKey(text))
        {
            return (null, new Refusal(Errors.Invalid, $"The metadata {Name} stands once and has 1 to 255 visible ASCII characters.") { Field = Name });
        }

        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        digest.AppendData(System.Text.Encoding.UTF8.GetBytes(context.Method + "\n"));
        digest.AppendData(asked.ToByteArray());
        return (new IdempotencyKey(text, digest.GetHashAndReset()), null);
    }
}
