using System.Text.Json;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.Responses;

/// <summary>
/// One response while a turn makes it: takes the turn's events in order, keeps the items, and tells each change to its sink. What it
/// tells follows from the head and the tokens alone, one delta for each token with text or a piece of a call: whoever runs the turn
/// again tells the same events under the same numbers.
/// </summary>
internal sealed class ResponseAnswer(ResponseHead head, ResponseOptions options, IResponseSink? sink)
{
    private readonly List<ResponseItem> _items = [];
    /// <summary>Tokens whose text comes with a later one; only with logprobs.</summary>
    private readonly List<DecodedToken> _held = [];
    private ResponseItem? _open;
    private int _call = -1;
    private int _calls;
    private int _sequence;
    private (int Input, int Output)? _usage;

    private ResponseState _state = ResponseState.InProgress;
    private Refusal? _error;
    private long? _endedAt;

    public IReadOnlyList<ResponseItem> Items => _items;

    /// <summary>Nothing has left yet.</summary>
    public void Begin()
    {
        Tell("response.created");
        Tell("response.in_progress");
    }

    public void Add(IReadOnlyList<DecodedToken> tokens)
    {
        for (var i = 0; i < tokens.Count; i++)
        {
            var token = tokens[i];
            if (options.WithLogprobs)
            {
                _held.Add(token);
            }

            if (token.Text.Length > 0)
            {
                AddText(token.Text);
            }

            AddPieces(token.Calls);
        }
    }

    /// <param name="ended">The turn's last event.</param>
    /// <param name="at">When, unix seconds; null in a stream, whose events are equal whenever they are told.</param>
    public void End(TurnEnded ended, long? at)
    {
        if (ended.Tail.Length > 0)
        {
            AddText(ended.Tail);
        }

        AddPieces(ended.Calls);
        if (_items.Count == 0)
        {
            Message();
        }

        _usage = (ended.PromptTokens, ended.AnswerTokens);
        _state = ended.Length ? ResponseState.Incomplete : ResponseState.Completed;
        Close(ended.Length ? "incomplete"u8 : "completed"u8);
        _endedAt = at;
        Tell(ended.Length ? "response.incomplete" : "response.completed");
    }

    /// <summary>The stream breaks; what had come stays, as incomplete.</summary>
    public void Fail(Refusal refusal)
    {
        (_state, _error) = (ResponseState.Failed, refusal);
        Tell("response.failed");
    }

    /// <summary>The response as it stands.</summary>
    public void Write(Utf8JsonWriter json) =>
        ResponseObject.Write(json, head, _state, _error, _endedAt, _usage, items =>
        {
            foreach (var item in _items)
            {
                item.Write(items, StatusOf(item));
            }
        });

    private ReadOnlySpan<byte> StatusOf(ResponseItem item) =>
        _state is ResponseState.InProgress ? item.IsDone ? "completed"u8 : "in_progress"u8
        : _state is ResponseState.Completed || item != _items[^1] ? "completed"u8
        : "incomplete"u8;

    private void AddText(string text)
    {
        var message = Message();
        message.Add(text);
        message.Tokens.AddRange(_held);
        if (TellOf("response.output_text.delta", message) is { } json)
        {
            json.WriteNumber("content_index"u8, 0);
            json.WriteString("delta"u8, text);
            ResponseLogprobs.Write(json, _held);
            Told(json);
        }

        _held.Clear();
    }

    private void AddPieces(IReadOnlyList<ToolCallPiece> pieces)
    {
        for (var i = 0; i < pieces.Count; i++)
        {
            var piece = pieces[i];
            if (piece.Index > _call || _open is not { IsCall: true })
            {
                _call = piece.Index;
                Open(ResponseItem.Call(
                    ResponseIds.Call(head.Id, _items.Count), ResponseIds.CallId(head.Id, _calls++), options.NameOf(piece.Name)));
            }

            if (piece.Arguments.Length == 0)
            {
                continue;
            }

            _open!.Add(piece.Arguments);
            if (TellOf("response.function_call_arguments.delta", _open) is { } json)
            {
                json.WriteString("delta"u8, piece.Arguments);
                Told(json);
            }
        }
    }

    /// <summary>The message that text goes to; opened where none is.</summary>
    private ResponseItem Message()
    {
        if (_open is not { IsCall: false })
        {
            Open(ResponseItem.Message(ResponseIds.Message(head.Id, _items.Count)));
        }

        return _open!;
    }

    private void Open(ResponseItem item)
    {
        Close("completed"u8);
        _items.Add(item);
        _open = item;
        TellItem("response.output_item.added", item, "in_progress"u8);
        if (!item.IsCall)
        {
            TellPart("response.content_part.added", item, "");
        }
    }

    private void Close(ReadOnlySpan<byte> status)
    {
        if (_open is not { } item)
        {
            return;
        }

        _open = null;
        item.IsDone = true;
        var (name, field) = item.IsCall ? ("response.function_call_arguments.done", "arguments") : ("response.output_text.done", "text");
        if (TellOf(name, item) is { } json)
        {
            json.WriteString(field, item.Text);
            if (!item.IsCall)
            {
                json.WriteNumber("content_index"u8, 0);
                ResponseLogprobs.Write(json, item.Tokens);
            }

            Told(json);
        }

        if (!item.IsCall)
        {
            TellPart("response.content_part.done", item, item.Text);
        }

        TellItem("response.output_item.done", item, status);
    }

    private void Tell(string type)
    {
        if (sink?.Begin(type, _sequence++) is { } json)
        {
            json.WritePropertyName("response"u8);
            Write(json);
            Told(json);
        }
    }

    private void TellItem(string type, ResponseItem item, ReadOnlySpan<byte> status)
    {
        if (sink?.Begin(type, _sequence++) is { } json)
        {
            json.WriteNumber("output_index"u8, _items.Count - 1);
            json.WritePropertyName("item"u8);
            item.Write(json, status);
            Told(json);
        }
    }

    private void TellPart(string type, ResponseItem item, string text)
    {
        if (TellOf(type, item) is { } json)
        {
            json.WriteNumber("content_index"u8, 0);
            json.WritePropertyName("part"u8);
            ResponseItem.WritePart(json, text, text.Length == 0 ? [] : item.Tokens);
            Told(json);
        }
    }

    /// <summary>Of the open item, which is the last.</summary>
    private Utf8JsonWriter? TellOf(string type, ResponseItem item)
    {
        if (sink?.Begin(type, _sequence++) is not { } json)
        {
            return null;
        }

        json.WriteString("item_id"u8, item.Id);
        json.WriteNumber("output_index"u8, _items.Count - 1);
        return json;
    }

    private void Told(Utf8JsonWriter json) => sink!.End(json);
}
