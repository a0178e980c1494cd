using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Bailiwick.Protocol.Stored.V1;
using Bailiwick.Residency;
using Bailiwick.Residency.Decisions;
using Bailiwick.Residency.Policies;
using Google.Protobuf;

namespace Bailiwick.Silo.Sessions;

/// <summary>
/// Rows opened and values sealed. What does not open is told by the log, with row and key, and to nobody else. Each value of a turn says
/// the label that it was kept under, and an opened turn has that one joined with the table's: whoever may write the table can raise a
/// class, and lower none. Rows of before say none and have what their columns say.
/// </summary>
internal sealed class SessionVault(Seal seal, ILogger<SessionVault> log)
{
    public byte[] CloseRequest(StoredRequest request, string row, string tenant, long epoch) =>
        Close(request, new SealedPlace(SealedPlace.Request, row, tenant), epoch);

    public byte[] CloseAnswer(StoredAnswer answer, string row, string tenant, long epoch) =>
        Close(answer, new SealedPlace(SealedPlace.Answer, row, tenant), epoch);

    public byte[] CloseMetadata(NewConversation asked, string row, string tenant, long epoch)
    {
        var metadata = new StoredMetadata { Pair = { asked.Metadata.ToDictionary() }, Digest = asked.Key is { } key ? ByteString.CopyFrom(key.Digest.Span) : ByteString.Empty };
        return Close(metadata, new SealedPlace(SealedPlace.Metadata, row, tenant), epoch);
    }

    public bool TryOpen(ConversationRow row, [NotNullWhen(true)] out Conversation? conversation) => TryOpen(row, out conversation, out _);

    /// <param name="row">As it stands.</param>
    /// <param name="conversation">What it says.</param>
    /// <param name="digest">Of the request that began it; empty where that had no idempotency key.</param>
    public bool TryOpen(ConversationRow row, [NotNullWhen(true)] out Conversation? conversation, out ReadOnlyMemory<byte> digest)
    {
        var metadata = Open(StoredMetadata.Parser, row.Metadata, new SealedPlace(SealedPlace.Metadata, row.Id, row.Label.Tenant!));
        conversation = metadata is null ? null : new Conversation(row.Id, row.Owner, row.Label, metadata.Pair, row.Created);
        digest = metadata?.Digest.Memory ?? default;
        return conversation is not null;
    }

    /// <param name="row">As it stands.</param>
    /// <param name="vocabulary">Of the policy in force: which of two classes is higher.</param>
    /// <param name="turn">What it says.</param>
    public bool TryOpen(TurnRow row, Vocabulary vocabulary, [NotNullWhen(true)] out StoredTurn? turn)
    {
        turn = null;
        var tenant = row.Label.Tenant!;
        if (Open(StoredRequest.Parser, row.Request, new SealedPlace(SealedPlace.Request, row.Id, tenant)) is not { } asked)
        {
            return false;
        }

        KeptAnswer? answer = null;
        StoredAnswer? stored = null;
        if (row.Answer is { } bytes)
        {
            stored = Open(StoredAnswer.Parser, bytes, new SealedPlace(SealedPlace.Answer, row.Id, tenant));
            answer = stored is null ? null : StoredForms.Read(stored);
            if (answer is null)
            {
                return false;
            }
        }

        if (LabelOf(row, vocabulary, asked.Label, stored?.Label) is not { } label)
        {
            return false;
        }

        turn = new StoredTurn
        {
            Id = row.Id, Conversation = row.Conversation, Previous = row.Previous, Owner = row.Owner, State = row.State, Label = label,
            Model = row.Model, Seed = row.Seed, Turn = row.Turn, Created = row.Created, Ended = row.Ended, Code = row.Code,
            Attempt = row.Attempt, Asked = asked, Answer = answer,
        };
        return true;
    }

    /// <summary>All of them, or null where one does not open: a history with a gap is another history.</summary>
    public List<StoredTurn>? OpenAll(IReadOnlyList<TurnRow> rows, Vocabulary vocabulary)
    {
        var turns = new List<StoredTurn>(rows.Count);
        foreach (var row in rows)
        {
            if (!TryOpen(row, vocabulary, out var turn))
            {
                return null;
            }

            turns.Add(turn);
        }

        return turns;
    }

    /// <summary>Whether a value is sealed by another key than the newest.</summary>
    public bool IsStale(byte[] value) => !Seal.TryReadHeader(value, out var key, out _, out _) || key != seal.Newest;

    /// <summary>The value sealed by the newest key, under the epoch that it had; null where it does not open.</summary>
    public byte[]? Renewed(byte[] value, in SealedPlace where)
    {
        Seal.TryReadHeader(value, out var key, out var epoch, out _);
        if (seal.TryOpen(value, where, out var plain))
        {
            return CloseAndWipe(plain, where, epoch);
        }

        log.SealBroken(where.Kind, where.Row, SealedKeyName(key));
        return null;
    }

    /// <summary>The label in the table joined with those in the sealed values; null where they do not go together.</summary>
    private Label? LabelOf(TurnRow row, Vocabulary vocabulary, params ReadOnlySpan<StoredLabel?> kept)
    {
        Label? label = row.Label;
        foreach (var one in kept)
        {
            // Equal ones have no need of a vocabulary that knows them.
            if (one is not null && StoredForms.Read(one, row.Label.Tenant!) is var said && said != label)
            {
                label = LabelAlgebra.Join(vocabulary, label, said).Label;
            }
        }

        if (label != row.Label)
        {
            log.LabelChanged(row.Id);
        }

        return label;
    }

    private byte[] Close(IMessage value, in SealedPlace where, long epoch) => CloseAndWipe(value.ToByteArray(), where, epoch);

    private byte[] CloseAndWipe(byte[] plain, in SealedPlace where, long epoch)
    {
        try
        {
            return seal.Close(plain, where, epoch);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    private T? Open<T>(MessageParser<T> parser, byte[] value, in SealedPlace where)
        where T : class, IMessage<T>
    {
        if (seal.TryOpen(value, where, out var plain))
        {
            // A message has copies of its own.
            var message = parser.ParseFrom(plain);
            CryptographicOperations.ZeroMemory(plain);
            return message;
        }

        Seal.TryReadHeader(value, out var key, out _, out _);
        log.SealBroken(where.Kind, where.Row, SealedKeyName(key));
        return null;
    }

    /// <summary>A header that was not authenticated may hold anything.</summary>
    private static string SealedKeyName(string key) =>
        key.Length <= 16 && key.All(character => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character == '-') ? key : "?";
}
