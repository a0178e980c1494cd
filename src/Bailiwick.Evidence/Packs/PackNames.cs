namespace Bailiwick.Evidence;

/// <summary>Files of an evidence pack.</summary>
public static class PackNames
{
    /// <summary>Signed list of all files but itself and the tiles, which the tree binds.</summary>
    public const string Manifest = "MANIFEST";

    /// <summary>The signed head of the log.</summary>
    public const string Checkpoint = "checkpoint";

    /// <summary>The head of the pack before; absent from a first pack.</summary>
    public const string PreviousCheckpoint = "checkpoint.previous";

    /// <summary>That the one continues the other, in the form of a request to a witness: `cat consistency checkpoint`.</summary>
    public const string Consistency = "consistency";

    /// <summary>Line i is leaf i.</summary>
    public const string Events = "events.jsonl";

    /// <summary>The same for spreadsheets: a reading aid, not evidence.</summary>
    public const string Table = "events.csv";

    /// <summary>The verifier for those who have nothing of ours.</summary>
    public const string Script = "verify.sh";

    /// <summary>Folder of policies, each named by its SHA-256.</summary>
    public const string Policies = "policies/";

    /// <summary>Folder of catalogue entries of models, each named by its SHA-256.</summary>
    public const string Models = "models/";

    /// <summary>Folder of hash tiles.</summary>
    public const string Tiles = "tile/";
}
