using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Protocol.Decoder;

/// <summary>Where the link's decoder is in its life.</summary>
public enum DecoderPhase
{
    /// <summary>The process is being started; it has not said Hello.</summary>
    Starting = 1,

    /// <summary>It said Hello and loads its model.</summary>
    Loading = 2,

    /// <summary>It decodes.</summary>
    Ready = 3,

    /// <summary>It was lost; another one starts after a delay. Turns wait.</summary>
    Restarting = 4,

    /// <summary>It refused to load, or was lost too often. Final: turns are refused.</summary>
    Failed = 5,

    /// <summary>The link was disposed. Final.</summary>
    Stopped = 6,
}

/// <summary>How a decoder was lost.</summary>
public enum LossKind
{
    /// <summary>The process could not be started at all.</summary>
    NotStarted = 1,

    /// <summary>It ended: a crash, a signal, a kill.</summary>
    Ended = 2,

    /// <summary>It ended itself above its memory limit (exit code 75): a planned restart.</summary>
    MemoryLimit = 3,

    /// <summary>Its loop made no progress; the link killed it.</summary>
    Hung = 4,

    /// <summary>It was not Ready in time; the link killed it.</summary>
    LoadTimeout = 5,

    /// <summary>It broke the framing; the link killed it.</summary>
    Garbage = 6,

    /// <summary>It said that it cannot go on.</summary>
    Fault = 7,
}

/// <summary>Why a decoder is gone.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Problem">Row of the error table and a sentence without payload.</param>
/// <param name="Permanent">A restart would end the same way (the decoder refused to load).</param>
public sealed record DecoderLoss(LossKind Kind, Problem Problem, bool Permanent = false);

/// <summary>A snapshot of a link; a new one for every change.</summary>
/// <param name="Phase">Where the decoder is.</param>
/// <param name="Losses">Decoders lost since the link started.</param>
/// <param name="Loss">The latest loss; null when there was none.</param>
/// <param name="Hello">What the current decoder said of itself and its isolation; null before Hello.</param>
/// <param name="Ready">What the current decoder can do; null before Ready.</param>
public sealed record DecoderState(DecoderPhase Phase, int Losses, DecoderLoss? Loss, Hello? Hello, Ready? Ready)
{
    /// <summary>No further state follows.</summary>
    public bool IsFinal => Phase is DecoderPhase.Failed or DecoderPhase.Stopped;
}
