namespace Bailiwick.Evidence;

/// <summary>What a leaf records. The list only grows; recipe to add one: src/Bailiwick.Evidence/README.md.</summary>
public enum LeafKind
{
    /// <summary>A turn is about to give tokens: who asked, under which label, what was decided, where it will run.</summary>
    Intent,

    /// <summary>How a turn ended: exactly one for each intent.</summary>
    Outcome,

    /// <summary>A turn goes on elsewhere.</summary>
    Moved,

    /// <summary>A request was refused before it ran.</summary>
    Deny,

    /// <summary>News about a turn after its outcome.</summary>
    Amended,

    /// <summary>A policy came into force, was refused, or break-glass was opened or closed.</summary>
    Policy,

    /// <summary>A model was imported, approved, withdrawn or loaded.</summary>
    Model,

    /// <summary>A silo joined, left, or was declared dead.</summary>
    Silo,

    /// <summary>A signing or sealing key was created, rotated or revoked.</summary>
    Key,

    /// <summary>A configuration was applied or refused.</summary>
    Config,

    /// <summary>An act of an administrator.</summary>
    Admin,

    /// <summary>Somebody read stored text or records.</summary>
    Read,

    /// <summary>An evidence pack left the cluster.</summary>
    Export,

    /// <summary>Stored text was erased.</summary>
    Erasure,

    /// <summary>A legal hold was placed or lifted.</summary>
    Hold,

    /// <summary>The log is alive though nothing happened.</summary>
    Heartbeat,

    /// <summary>Records were compared with each other.</summary>
    Reconcile,

    /// <summary>An exercise was held: failover, restore, incident.</summary>
    Drill,
}
