using System.Diagnostics.CodeAnalysis;

namespace Bailiwick.Evidence;

/// <summary>A checkpoint that a policy accepts, with who signed it.</summary>
/// <param name="Checkpoint">The head.</param>
/// <param name="Logs">Signatures of the log's own keys: at least one.</param>
/// <param name="Witnesses">Cosignatures of known witnesses, each once.</param>
public sealed record TrustedCheckpoint(
    Checkpoint Checkpoint, IReadOnlyList<VerifiedSignature> Logs, IReadOnlyList<VerifiedSignature> Witnesses);

/// <summary>
/// Whom to believe: keys of the log (all that were ever in use, so that old proofs stay good after a rotation), keys
/// of witnesses, and how many of them must have cosigned (C2SP tlog-policy). Immutable.
/// </summary>
public sealed class TrustPolicy
{
    /// <summary>Largest policy file taken, in bytes.</summary>
    public const int MaxBytes = 256 * 1024;

    private readonly Quorum _quorum;
    private readonly IReadOnlyDictionary<VerifierKey, string> _witnessNames;

    internal TrustPolicy(
        IReadOnlyList<VerifierKey> logs, IReadOnlyDictionary<VerifierKey, string> witnessNames, Quorum quorum)
    {
        (Logs, _witnessNames, _quorum) = (logs, witnessNames, quorum);
    }

    /// <summary>Keys of the logs: one signature of one of them is needed.</summary>
    public IReadOnlyList<VerifierKey> Logs { get; }

    /// <summary>Keys of the witnesses, in no order; how many are needed says the quorum.</summary>
    public IReadOnlyCollection<VerifierKey> Witnesses => [.. _witnessNames.Keys];

    /// <summary>Reads a policy file (C2SP tlog-policy).</summary>
    public static bool TryParse(
        ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out TrustPolicy? policy, [NotNullWhen(false)] out Fault? fault) =>
        TrustPolicyReader.TryRead(bytes, out policy, out fault);

    /// <summary>Some keys of one log and any <paramref name="needed"/> of some witnesses.</summary>
    /// <exception cref="ArgumentException">
    /// No log, more witnesses needed than given, a witness's key as that of a log or the reverse, or a key in both places.
    /// </exception>
    public static TrustPolicy Of(IReadOnlyList<VerifierKey> logs, IReadOnlyList<VerifierKey> witnesses, int needed)
    {
        if (logs.Count == 0 || needed < 0 || needed > witnesses.Count)
        {
            throw new ArgumentException("A policy names a log, and at least as many witnesses as it needs.");
        }

        if (logs.FirstOrDefault(key => !key.Type.SignsLogs()) is { } cosigner)
        {
            throw new ArgumentException($"{cosigner.Name} is the key of a witness: it signs no log.");
        }

        if (witnesses.FirstOrDefault(key => !key.Type.Cosigns() || logs.Contains(key)) is { } log)
        {
            throw new ArgumentException($"{log.Name} is the key of a log: it is no witness.");
        }

        var names = witnesses.ToDictionary(key => key, key => key.Name);
        return new TrustPolicy(logs, names, new Quorum(needed, [.. names.Values.Select(Quorum.Witness)]));
    }

    /// <summary>True if the quorum is met by exactly these witnesses, named as in the policy.</summary>
    public bool IsMetBy(IReadOnlySet<string> witnesses) => _quorum.IsMetBy(witnesses);

    /// <summary>Reads a checkpoint and accepts it only if a log key and enough witnesses signed it.</summary>
    public bool TryOpen(
        ReadOnlySpan<byte> note, [NotNullWhen(true)] out TrustedCheckpoint? trusted, [NotNullWhen(false)] out Fault? fault)
    {
        trusted = null;
        if (!SignedNote.TryParse(note, out var parsed, out fault)
            || !parsed.TryVerify([.. Logs, .. _witnessNames.Keys], out var signatures, out fault))
        {
            return false;
        }

        var logs = signatures.Where(signature => Logs.Contains(signature.Key)).ToList();
        if (logs.Count == 0)
        {
            fault = new Fault(FaultCode.SignatureMissing, "the log has not signed this checkpoint with a trusted key");
            return false;
        }

        if (!Checkpoint.TryParse(parsed.Text, out var checkpoint, out fault))
        {
            return false;
        }

        if (!logs.Exists(signature => signature.Key.Name == checkpoint.Origin))
        {
            fault = new Fault(FaultCode.CheckpointOrigin, "the checkpoint is of another log than the key that signed it");
            return false;
        }

        var witnesses = signatures.Where(signature => _witnessNames.ContainsKey(signature.Key)).ToList();
        if (!_quorum.IsMetBy(witnesses.Select(signature => _witnessNames[signature.Key]).ToHashSet()))
        {
            fault = new Fault(FaultCode.Quorum, $"the quorum is not met: cosigned by {witnesses.Count} of {_witnessNames.Count} witnesses");
            return false;
        }

        trusted = new TrustedCheckpoint(checkpoint, logs, witnesses);
        return true;
    }
}
