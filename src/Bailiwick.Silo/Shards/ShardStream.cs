using System.Buffers.Binary;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;
using Google.Protobuf;

namespace Bailiwick.Silo.Shards;

/// <summary>One turn on its worker: puts what the decoder says of it into the outbox, unread, and gives back what it holds.</summary>
/// <param name="outbox">The gateway's.</param>
/// <param name="turn">Number of the turn on the gateway's link.</param>
internal sealed class ShardStream(ShardOutbox outbox, int turn) : ITurnSink
{
    /// <summary>Tokens that may wait to be pulled; beyond it the turn is cancelled.</summary>
    public const int MostPending = 4096;

    private DecoderPulse? _decoder;
    private Action<Started>? _began;
    private Action? _release;
    private RunningTurn? _running;
    private volatile bool _cancelled;
    private bool _ended;
    private int _mails;
    private int _pending;
    private double _lastTokens;
    private bool _hasTokens;

    public int Turn { get; } = turn;

    /// <summary>The turn has a place.</summary>
    /// <param name="decoder">Of the decoder that is to run it.</param>
    /// <param name="began">Told once how many KV blocks it holds.</param>
    /// <param name="release">What to do once when it no longer holds anything here.</param>
    public void Enter(DecoderPulse decoder, Action<Started> began, Action release)
    {
        _began = began;
        Volatile.Write(ref _decoder, decoder);
        Interlocked.Exchange(ref _release, release);
        if (Volatile.Read(ref _ended))
        {
            // Ended as it came in: whoever did that found nothing yet to give back.
            Release();
        }
    }

    /// <summary>Begins to decode. The turn may have ended when this returns.</summary>
    public void Run(DecoderLink link, Submit submit)
    {
        Interlocked.Exchange(ref _running, link.Run(submit, this));
        if (_cancelled)
        {
            _running.Cancel();
        }
    }

    /// <summary>Ends the turn within a step; it says how it ended. Any number of times.</summary>
    public void Cancel()
    {
        _cancelled = true;
        Interlocked.MemoryBarrier();
        Volatile.Read(ref _running)?.Cancel();
    }

    /// <summary>Nobody wants it any more: ends it, and gives back what it holds now.</summary>
    public void Abandon()
    {
        if (TryEnd())
        {
            Cancel();
        }
    }

    /// <summary>Sends it elsewhere where its decoder gives neither heartbeats nor tokens. Called at each tick.</summary>
    /// <returns>True where it did.</returns>
    public bool LoseSilent(double now)
    {
        if (Interlocked.Exchange(ref _hasTokens, false))
        {
            _lastTokens = now;
        }

        if (Volatile.Read(ref _decoder) is not { IsSilent: true } || now - _lastTokens <= DecoderPulse.Limit.TotalMilliseconds)
        {
            return false;
        }

        End(ShardRecordKind.Silent);
        return true;
    }

    /// <summary>Sends it elsewhere.</summary>
    public void Leave() => End(ShardRecordKind.Leaving);

    /// <summary>Ends it as one that has no place here.</summary>
    public void End(ShardRecordKind kind)
    {
        if (TryEnd())
        {
            outbox.End(Turn, kind, []);
            outbox.Flush();
            Cancel();
        }
    }

    /// <summary>Ends it before it has begun.</summary>
    public void End(Finished finished, TimeSpan retryAfter)
    {
        if (TryEnd())
        {
            Finish(finished, (int)retryAfter.TotalMilliseconds);
            outbox.Flush();
        }
    }

    void ITurnSink.OnStarted(Started started)
    {
        if (!Volatile.Read(ref _ended))
        {
            _began?.Invoke(started);
            outbox.Add(Turn, ShardRecordKind.Started, started.ToByteArray());
        }
    }

    bool ITurnSink.TryAdd(ReadOnlySpan<byte> token)
    {
        if (Volatile.Read(ref _ended))
        {
            return true;
        }

        var mails = outbox.Mails;
        _pending = mails == _mails ? _pending + 1 : 1;
        _mails = mails;
        if (_pending > MostPending)
        {
            return false;
        }

        Volatile.Write(ref _hasTokens, true);
        outbox.Add(Turn, ShardRecordKind.Token, token);
        return true;
    }

    // To the gateway nothing happened: no token is missing or repeated.
    bool ITurnSink.TryResume(int at) => true;

    void ITurnSink.OnFinished(Finished finished)
    {
        if (TryEnd())
        {
            Finish(finished, 0);
        }
    }

    void ITurnSink.Flush() => outbox.Flush();

    private void Finish(Finished finished, int retryAfterMs)
    {
        Span<byte> retry = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(retry, retryAfterMs);
        outbox.End(Turn, ShardRecordKind.Finished, retry, finished.ToByteArray());
    }

    /// <summary>True once: whoever gets it says the last word. What the turn holds is given back before that is heard.</summary>
    private bool TryEnd()
    {
        if (Interlocked.Exchange(ref _ended, true))
        {
            return false;
        }

        Release();
        return true;
    }

    private void Release() => Interlocked.Exchange(ref _release, null)?.Invoke();
}
