namespace Bailiwick.Protocol.Decoder;

/// <summary>A turn that <see cref="DecoderLink.Run"/> began. Thread-safe.</summary>
public sealed class RunningTurn
{
    private readonly TurnTable _turns;
    private readonly ActiveTurn _turn;

    internal RunningTurn(TurnTable turns, ActiveTurn turn) => (_turns, _turn) = (turns, turn);

    /// <summary>Ends it within a step, as CANCELLED; any number of times. One that has ended stays as it is.</summary>
    public void Cancel() => _turns.Cancel(_turn);
}
