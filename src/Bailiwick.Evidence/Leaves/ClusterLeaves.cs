namespace Bailiwick.Evidence;

/// <summary>What happened to a policy.</summary>
public enum PolicyAct
{
    Activated,
    Refused,
    BreakGlassOpened,
    BreakGlassClosed,
}

/// <summary>What happened to a model.</summary>
public enum ModelAct
{
    Imported,
    Approved,
    Withdrawn,
    Loaded,
    Refused,
}

/// <summary>What happened to a silo.</summary>
public enum SiloAct
{
    Joined,
    Draining,
    Left,
    DeclaredDead,
    Refused,
}

/// <summary>What happened to a key.</summary>
public enum KeyAct
{
    Created,
    Rotated,
    Retired,
    Revoked,
}

/// <summary>What happened to a configuration.</summary>
public enum ConfigAct
{
    Applied,
    Refused,
}

/// <summary>A change of policy.</summary>
/// <param name="Origin">Fields that every leaf has.</param>
/// <param name="Act">What happened.</param>
/// <param name="Epoch">Number of the policy.</param>
/// <param name="Policy">SHA-256 of its bytes, as in each decision.</param>
/// <param name="Approvers">Who signed or approved: pseudonyms.</param>
/// <param name="Document">The break-glass document; null for a whole policy.</param>
/// <param name="Until">When break-glass ends.</param>
public sealed record PolicyLeaf(
    LeafOrigin Origin,
    PolicyAct Act,
    long Epoch,
    TreeHash Policy,
    IReadOnlyList<string> Approvers,
    string? Document,
    DateTimeOffset? Until) : Leaf(Origin)
{
    public override LeafKind Kind => LeafKind.Policy;

    internal static PolicyLeaf Read(LeafReader fields, LeafOrigin origin) =>
        new(
            origin,
            fields.Name<PolicyAct>("act"),
            fields.Number("epoch", 1),
            fields.Hash("policy"),
            fields.Ids("approvers"),
            fields.OptionalId("document"),
            fields.OptionalTime("until"));

    internal override void Write(LeafWriter fields) =>
        fields.Name<PolicyAct>("act", Act).Number("epoch", Epoch, 1).Hash("policy", Policy)
            .Ids("approvers", Approvers).Id("document", Document).Time("until", Until);
}

/// <summary>A change in the catalogue of models.</summary>
/// <param name="Origin">Fields that every leaf has.</param>
/// <param name="Act">What happened.</param>
/// <param name="Model">Name in the catalogue.</param>
/// <param name="Build">Digest of the build.</param>
/// <param name="Entry">SHA-256 of the catalogue entry.</param>
/// <param name="Actor">Who did it: a pseudonym; null for the cluster itself.</param>
public sealed record ModelLeaf(
    LeafOrigin Origin, ModelAct Act, string Model, string Build, TreeHash? Entry, string? Actor) : Leaf(Origin)
{
    public override LeafKind Kind => LeafKind.Model;

    internal static ModelLeaf Read(LeafReader fields, LeafOrigin origin) =>
        new(
            origin,
            fields.Name<ModelAct>("act"),
            fields.Id("model"),
            fields.Id("build"),
            fields.OptionalHash("entry"),
            fields.OptionalId("actor"));

    internal override void Write(LeafWriter fields) =>
        fields.Name<ModelAct>("act", Act).Id("model", Model).Id("build", Build).Hash("entry", Entry).Id("actor", Actor);
}

/// <summary>A change in the membership of the cluster.</summary>
/// <param name="Origin">Fields that every leaf has: the silo that writes, not the one that is written about.</param>
/// <param name="Act">What happened.</param>
/// <param name="Subject">The silo it happened to.</param>
/// <param name="Node">Its machine.</param>
/// <param name="Zone">Its zone.</param>
/// <param name="ZoneEvidence">How that zone was established.</param>
/// <param name="Software">Digest of what it runs.</param>
public sealed record SiloLeaf(
    LeafOrigin Origin, SiloAct Act, string Subject, string Node, string Zone, ZoneEvidence ZoneEvidence, string Software)
    : Leaf(Origin)
{
    public override LeafKind Kind => LeafKind.Silo;

    internal static SiloLeaf Read(LeafReader fields, LeafOrigin origin) =>
        new(
            origin,
            fields.Name<SiloAct>("act"),
            fields.Id("subject"),
            fields.Id("node"),
            fields.Id("zone"),
            fields.Name<ZoneEvidence>("zone_evidence"),
            fields.Id("software"));

    internal override void Write(LeafWriter fields) =>
        fields.Name<SiloAct>("act", Act).Id("subject", Subject).Id("node", Node).Id("zone", Zone)
            .Name<ZoneEvidence>("zone_evidence", ZoneEvidence).Id("software", Software);
}

/// <summary>A change of keys.</summary>
/// <param name="Origin">Fields that every leaf has.</param>
/// <param name="Act">What happened.</param>
/// <param name="Use">What the key is for, such as `log`, `witness`, `seal`.</param>
/// <param name="KeyId">Its id; for a signing key the whole verifier key.</param>
/// <param name="Successor">The key that follows it.</param>
/// <param name="Actor">Who did it: a pseudonym.</param>
public sealed record KeyLeaf(
    LeafOrigin Origin, KeyAct Act, string Use, string KeyId, string? Successor, string? Actor) : Leaf(Origin)
{
    public override LeafKind Kind => LeafKind.Key;

    internal static KeyLeaf Read(LeafReader fields, LeafOrigin origin) =>
        new(
            origin,
            fields.Name<KeyAct>("act"),
            fields.Id("use"),
            fields.Id("key"),
            fields.OptionalId("successor"),
            fields.OptionalId("actor"));

    internal override void Write(LeafWriter fields) =>
        fields.Name<KeyAct>("act", Act).Id("use", Use).Id("key", KeyId).Id("successor", Successor).Id("actor", Actor);
}

/// <summary>A change of configuration.</summary>
/// <param name="Origin">Fields that every leaf has.</param>
/// <param name="Act">What happened.</param>
/// <param name="Component">Which part of the system.</param>
/// <param name="Digest">SHA-256 of the configuration.</param>
/// <param name="Actor">Who did it: a pseudonym; null for a start.</param>
public sealed record ConfigLeaf(
    LeafOrigin Origin, ConfigAct Act, string Component, TreeHash Digest, string? Actor) : Leaf(Origin)
{
    public override LeafKind Kind => LeafKind.Config;

    internal static ConfigLeaf Read(LeafReader fields, LeafOrigin origin) =>
        new(
            origin,
            fields.Name<ConfigAct>("act"),
            fields.Id("component"),
            fields.Hash("digest"),
            fields.OptionalId("actor"));

    internal override void Write(LeafWriter fields) =>
        fields.Name<ConfigAct>("act", Act).Id("component", Component).Hash("digest", Digest).Id("actor", Actor);
}
