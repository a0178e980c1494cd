using System.Text;
using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Protocol.Receipts;

/// <summary>Joins the pieces of the calls of one answer. One owner.</summary>
public sealed class AnswerCalls
{
    private readonly List<(string Name, StringBuilder Arguments)> _calls = [];

    /// <summary>Whether a call has begun.</summary>
    public bool Any => _calls.Count > 0;

    /// <summary>What has come of each call, in order.</summary>
    public IEnumerable<(string Name, string Arguments)> All => _calls.Select(static call => (call.Name, call.Arguments.ToString()));

    /// <summary>Takes pieces in their order.</summary>
    public void Add(IReadOnlyList<ToolCallPiece> pieces)
    {
        ArgumentNullException.ThrowIfNull(pieces);
        // By index: an enumerator of an interface is an object, and most tokens have no piece.
        for (var i = 0; i < pieces.Count; i++)
        {
            Add(pieces[i].Index, pieces[i].Name, pieces[i].Arguments);
        }
    }

    /// <summary>Takes one piece.</summary>
    /// <param name="index">Place of the call; one that is out of order begins the next call.</param>
    /// <param name="name">The function, with the first piece of a call; empty otherwise.</param>
    /// <param name="arguments">The next piece of the arguments.</param>
    public void Add(int index, string name, string arguments)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (index >= _calls.Count)
        {
            _calls.Add((name, new StringBuilder()));
        }

        _calls[^1].Arguments.Append(arguments);
    }

    /// <summary>What a commitment to the answer covers behind the content.</summary>
    public byte[] ToCanonicalJson() => CanonicalJson.OfCalls(All);
}
