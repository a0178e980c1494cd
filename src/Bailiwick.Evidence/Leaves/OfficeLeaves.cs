namespace Bailiwick.Evidence;

/// <summary>What happened to a legal hold.</summary>
public enum HoldAct
{
    Placed,
    Lifted,
}

/// <summary>An act of an administrator that no other kind records.</summary>
/// <param name="Origin">Fields that every leaf has.</param>
/// <param name="Actor">Who: a pseudonym.</param>
/// <param name="Act">What, as an id of the interface that was used.</param>
/// <param name="Target">On what.</param>
/// <param name="Tenant">Whose; null where it is the cluster's own.</param>
/// <param name="Approver">The second person; null where one is enough.</param>
public sealed record AdminLeaf(
    LeafOrigin Origin, string Actor, string Act, string? Target, string? Tenant, string? Approver) : Leaf(Origin)
{
    public override LeafKind Kind => LeafKind.Admin;

    internal static AdminLeaf Read(LeafReader fields, LeafOrigin origin) =>
        new(
            origin,
            fields.Id("actor"),
            fields.Id("act"),
            fields.OptionalId("target"),
            fields.OptionalId("tenant"),
            fields.OptionalId("approver"));

    internal override void Write(LeafWriter fields) =>
        fields.Id("actor", Actor).Id("act", Act).Id("target", Target).Id("tenant", Tenant).Id("approver", Approver);
}

/// <summary>Somebody read what is stored: a conversation, kept text, records.</summary>
/// <param name="Origin">Fields that every leaf has.</param>
/// <param name="Actor">Who: a pseudonym.</param>
/// <param name="Tenant">Whose data.</param>
/// <param name="Target">Which object.</param>
/// <param name="Ground">The legal ground or file reference, as an id.</param>
/// <param name="Items">How many records.</param>
public sealed record ReadLeaf(
    LeafOrigin Origin, string Actor, string Tenant, string Target, string Ground, long Items) : Leaf(Origin)
{
    public override LeafKind Kind => LeafKind.Read;

    internal static ReadLeaf Read(LeafReader fields, LeafOrigin origin) =>
        new(
            origin,
            fields.Id("actor"),
            fields.Id("tenant"),
            fields.Id("target"),
            fields.Id("ground"),
            fields.Number("items"));

    internal override void Write(LeafWriter fields) =>
        fields.Id("actor", Actor).Id("tenant", Tenant).Id("target", Target).Id("ground", Ground).Number("items", Items);
}

/// <summary>An evidence pack left the cluster.</summary>
/// <param name="Origin">Fields that every leaf has.</param>
/// <param name="Actor">Who took it: a pseudonym.</param>
/// <param name="Ground">The legal ground or file reference, as an id.</param>
/// <param name="Size">Leaves of the tree in it.</param>
/// <param name="Manifest">SHA-256 of its MANIFEST.</param>
public sealed record ExportLeaf(
    LeafOrigin Origin, string Actor, string Ground, long Size, TreeHash Manifest) : Leaf(Origin)
{
    public override LeafKind Kind => LeafKind.Export;

    internal static ExportLeaf Read(LeafReader fields, LeafOrigin origin) =>
        new(origin, fields.Id("actor"), fields.Id("ground"), fields.Number("size"), fields.Hash("manifest"));

    internal override void Write(LeafWriter fields) =>
        fields.Id("actor", Actor).Id("ground", Ground).Number("size", Size).Hash("manifest", Manifest);
}

/// <summary>Stored text was erased: what remains is this record and the commitments.</summary>
/// <param name="Origin">Fields that every leaf has.</param>
/// <param name="Actor">Who: a pseudonym, or the id of the retention rule.</param>
/// <param name="Tenant">Whose data.</param>
/// <param name="Target">Which object.</param>
/// <param name="Ground">The ground, such as an article or a retention rule.</param>
/// <param name="Items">How many records.</param>
public sealed record ErasureLeaf(
    LeafOrigin Origin, string Actor, string Tenant, string Target, string Ground, long Items) : Leaf(Origin)
{
    public override LeafKind Kind => LeafKind.Erasure;

    internal static ErasureLeaf Read(LeafReader fields, LeafOrigin origin) =>
        new(
            origin,
            fields.Id("actor"),
            fields.Id("tenant"),
            fields.Id("target"),
            fields.Id("ground"),
            fields.Number("items"));

    internal override void Write(LeafWriter fields) =>
        fields.Id("actor", Actor).Id("tenant", Tenant).Id("target", Target).Id("ground", Ground).Number("items", Items);
}

/// <summary>A legal hold: what it covers is not erased while it stands.</summary>
/// <param name="Origin">Fields that every leaf has.</param>
/// <param name="Act">Placed or lifted.</param>
/// <param name="Actor">Who: a pseudonym.</param>
/// <param name="Tenant">Whose data.</param>
/// <param name="Target">What it covers.</param>
/// <param name="Ground">The file reference, as an id.</param>
public sealed record HoldLeaf(
    LeafOrigin Origin, HoldAct Act, string Actor, string Tenant, string Target, string Ground) : Leaf(Origin)
{
    public override LeafKind Kind => LeafKind.Hold;

    internal static HoldLeaf Read(LeafReader fields, LeafOrigin origin) =>
        new(
            origin,
            fields.Name<HoldAct>("act"),
            fields.Id("actor"),
            fields.Id("tenant"),
            fields.Id("target"),
            fields.Id("ground"));

    internal override void Write(LeafWriter fields) =>
        fields.Name<HoldAct>("act", Act).Id("actor", Actor).Id("tenant", Tenant).Id("target", Target).Id("ground", Ground);
}
