namespace Bailiwick.Evidence;

/// <summary>
/// Signs tree heads: a log's key or a witness's, in this process or behind a device. An implementation must not sign
/// two roots for one size; the caller makes sure that it is never asked to. Thread-safe.
/// </summary>
public interface ICheckpointSigner
{
    /// <summary>The public half: what verifiers are given.</summary>
    VerifierKey Key { get; }

    /// <summary>Signs a checkpoint.</summary>
    /// <param name="checkpoint">What is signed.</param>
    /// <param name="time">When, for the types that carry a time; whole seconds count.</param>
    NoteSignature Sign(Checkpoint checkpoint, DateTimeOffset time);
}

/// <summary>Signs texts that are no checkpoints, such as the list of files of a pack. Thread-safe.</summary>
public interface INoteSigner
{
    /// <summary>The public half.</summary>
    VerifierKey Key { get; }

    /// <summary>Signs the text of a note.</summary>
    /// <exception cref="InvalidOperationException">A key of a type that signs checkpoints only.</exception>
    NoteSignature SignText(string text);
}
