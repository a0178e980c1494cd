namespace Bailiwick.Evidence;

/// <summary>Why something was refused: one value per check, stable, so that a caller can act on it and a test can name it.</summary>
public enum FaultCode
{
    /// <summary>Larger than this reader takes.</summary>
    TooLarge,

    /// <summary>Not base64 as RFC 4648 section 4 writes it: padding, alphabet, or bits after the end.</summary>
    Base64,

    /// <summary>A verifier key (vkey) that is malformed, of an unknown type, or whose id does not match.</summary>
    VerifierKey,

    /// <summary>A private key text or file that cannot be used.</summary>
    SigningKey,

    /// <summary>A character that a signed note must not hold, or text that is not UTF-8.</summary>
    NoteCharacter,

    /// <summary>A signed note without its blank line, its signatures or its last newline.</summary>
    NoteFraming,

    /// <summary>A line among the signatures that is not a signature line.</summary>
    NoteSignatureLine,

    /// <summary>More signature lines than this reader takes.</summary>
    NoteSignatureCount,

    /// <summary>A signature of a known key that does not verify.</summary>
    SignatureInvalid,

    /// <summary>No signature of a key that is trusted for this.</summary>
    SignatureMissing,

    /// <summary>A checkpoint with too few lines or an empty line.</summary>
    CheckpointLines,

    /// <summary>A tree size that is not a plain decimal number.</summary>
    CheckpointSize,

    /// <summary>A root hash that is not 32 bytes of base64.</summary>
    CheckpointRoot,

    /// <summary>Size 0 with a root that is not that of the empty tree.</summary>
    CheckpointEmptyRoot,

    /// <summary>An origin that is not that of the log.</summary>
    CheckpointOrigin,

    /// <summary>Too few witnesses for the policy.</summary>
    Quorum,

    /// <summary>A trust policy that cannot be read.</summary>
    TrustPolicy,

    /// <summary>The first line of a proof names another format or version.</summary>
    ProofVersion,

    /// <summary>A proof whose index line is missing or is not a plain decimal number.</summary>
    ProofIndex,

    /// <summary>A proof line that is not 32 bytes of base64, or too many of them.</summary>
    ProofHash,

    /// <summary>The leaf is not in the tree at that place.</summary>
    Inclusion,

    /// <summary>The later tree does not continue the earlier one.</summary>
    Consistency,

    /// <summary>A tile that is absent.</summary>
    TileMissing,

    /// <summary>A tile with too few or too many hashes.</summary>
    TileLength,

    /// <summary>A tile whose hashes do not give the hash above it.</summary>
    TileHash,

    /// <summary>An entry bundle that ends inside an entry.</summary>
    BundleShort,

    /// <summary>An entry bundle whose entries are not those of its tile.</summary>
    BundleEntries,

    /// <summary>Bytes that are not the canonical JSON of a leaf.</summary>
    LeafJson,

    /// <summary>A leaf of an unknown kind, or a field that is missing, unknown or out of range.</summary>
    LeafField,

    /// <summary>A request to a witness that does not have its form.</summary>
    WitnessRequest,

    /// <summary>A witness's state file that cannot be read.</summary>
    WitnessState,

    /// <summary>The list of files of a pack: form or signature.</summary>
    PackManifest,

    /// <summary>A file of a pack that is missing, strange, or not the one that was listed.</summary>
    PackFile,

    /// <summary>Lines of events that are not the leaves of the signed tree.</summary>
    PackEvents,
}

/// <summary>A refusal as a value: what is wrong, in a sentence, and where.</summary>
/// <param name="Code">The check that failed.</param>
/// <param name="Reason">A sentence without its full stop. It never holds more of the input than a short id.</param>
/// <param name="Place">File, line or index; null where the caller alone knows it.</param>
public sealed record Fault(FaultCode Code, string Reason, string? Place = null)
{
    /// <summary>The same fault, seen from further outside.</summary>
    public Fault In(string place) => this with { Place = Place is null ? place : place + ", " + Place };

    public override string ToString() => Place is null ? Reason : Place + ": " + Reason;
}
