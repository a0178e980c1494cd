using Bailiwick.Protocol;
using Bailiwick.Protocol.Stored.V1;
using Bailiwick.Residency.Policies;
using Bailiwick.Silo.Sessions;
using Bailiwick.Tests.Silo.Api;
using Bailiwick.Tests.Silo.Turns;
using Microsoft.Extensions.Logging.Abstractions;
using Label = Bailiwick.Residency.Label;

namespace Bailiwick.Tests.Silo.Sessions;

/// <summary>Under which label a row is read that somebody has written to: not below what its sealed values say.</summary>
public sealed class SessionVaultTests
{
    private const string Row = "turn_0123456789abcdef0123456789abcdef";

    private static readonly Vocabulary Vocabulary = TurnScript.GuardOf(TurnScript.Policy).Snapshot.Vocabulary;

    private readonly SessionVault _vault = new(new Seal(Keys()), NullLogger<SessionVault>.Instance);

    public static TheoryData<string, string?, string?, string?> Labels => new()
    {
        // in the table; in the request; in the answer, or none; as which it is read, or not at all
        { "de/public", "de/public", "de/public", "de/public" },
        { "de/public", "de/internal", null, "de/internal" },
        { "de/public", "de/internal", "de/internal", "de/internal" },
        // Run again under a higher class: the request still says the first one.
        { "de/public", "de/public", "de/internal", "de/internal" },
        { "de/internal", "de/public", null, "de/internal" },
        { "de/internal", "de/public", "de/public", "de/internal" },
        { "eu/public", "de/public", null, "de/public" },
        { "fr/public", "de/public", null, null },
        { "de/public/weapons", "de/public", null, null },
        { "de/nonsense", "de/public", null, null },
        // Before values said their labels.
        { "de/public", null, null, "de/public" },
        { "de/internal", null, null, "de/internal" },
        // Nobody has changed what the policy no longer knows: whether it may be read, access says.
        { "de/nonsense", "de/nonsense", null, "de/nonsense" },
    };

    [Theory]
    [MemberData(nameof(Labels))]
    public void Turn_ByItsRowAndWhatItSays_HasTheHigherLabel(string table, string? request, string? answer, string? read)
    {
        var asked = new StoredRequest { Label = Stored(request) };
        var answered = StoredForms.Of(new KeptAnswer([], Length: false, "answer", null, 1, DateTimeOffset.UnixEpoch, ScriptedTurns.Receipt), Label("de/public"));
        answered.Label = Stored(answer);
        var label = Label(table);
        var row = new TurnRow
        {
            Id = Row, Owner = "k-1", Visible = true, State = TurnState.Completed, Attempt = 1, Label = label, Model = "m@d", Seed = 7, Turn = "t-1",
            Request = _vault.CloseRequest(asked, Row, label.Tenant!, epoch: 1), Answer = _vault.CloseAnswer(answered, Row, label.Tenant!, epoch: 1),
            Created = DateTimeOffset.UnixEpoch, Expires = DateTimeOffset.UnixEpoch,
        };

        Assert.Equal(read is not null, _vault.TryOpen(row, Vocabulary, out var turn));
        Assert.Equal(read is null ? null : Label(read), turn?.Label);
    }

    private static StoredLabel? Stored(string? text) =>
        text is null ? null : new StoredLabel { Jurisdiction = Label(text).Jurisdiction, Class = Label(text).Class, Purpose = Label(text).Purpose };

    private static Label Label(string text) => text.Split('/') switch
    {
        [var jurisdiction, var kind] => new Label(jurisdiction, kind, "service-provision", "ministry"),
        [var jurisdiction, var kind, var purpose] => new Label(jurisdiction, kind, purpose, "ministry"),
        _ => throw new ArgumentException(text),
    };

    private static SealingKeys Keys() => SealingKeys.TryRead(SealingKeys.Begin("k1", new byte[SealingKeys.KeyLength]), out var keys, out var fault)
        ? keys : throw new InvalidOperationException(fault);
}
