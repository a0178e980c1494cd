using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Protocol.Decoder;

/// <summary>Text calls in flight. They change nothing in the decoder, so a lost one is simply asked again.</summary>
internal sealed class TextCalls(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, (TextCall Call, TaskCompletionSource<TextReply> Reply)> _calls = [];
    private DecoderLife? _decoder;
    private Problem? _closed;
    private long _nextId;

    public async Task<TextReply> CallAsync(TextCall call, CancellationToken cancellationToken)
    {
        call = call.Clone();
        ChatClock.Fill(call.RenderChat ?? call.CountChat, time);
        var reply = new TaskCompletionSource<TextReply>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            call.Call = ++_nextId;
            if (_closed is not null)
            {
                return new TextReply { Call = call.Call, Problem = _closed };
            }

            _calls.Add(call.Call, (call, reply));
            _decoder?.TrySend(new ToDecoder { Text = call });
        }

        try
        {
            return await reply.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            lock (_gate)
            {
                _calls.Remove(call.Call);
            }
        }
    }

    public void Attach(DecoderLife decoder)
    {
        lock (_gate)
        {
            _decoder = decoder;
            foreach (var (call, _) in _calls.Values)
            {
                decoder.TrySend(new ToDecoder { Text = call });
            }
        }
    }

    public void Detach()
    {
        lock (_gate)
        {
            _decoder = null;
        }
    }

    public void Close(Problem problem)
    {
        lock (_gate)
        {
            (_decoder, _closed) = (null, _closed ?? problem);
            foreach (var (call, reply) in _calls.Values)
            {
                reply.TrySetResult(new TextReply { Call = call.Call, Problem = problem });
            }
        }
    }

    public void OnReply(TextReply reply)
    {
        lock (_gate)
        {
            if (_calls.TryGetValue(reply.Call, out var pending))
            {
                pending.Reply.TrySetResult(reply);
            }
        }
    }
}
