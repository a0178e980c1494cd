using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Bailiwick.Evidence;

/// <summary>The largest tree of a log that a witness has cosigned.</summary>
public sealed record WitnessedHead(ulong Size, TreeHash Root);

/// <summary>
/// What a witness must never forget: which logs it watches and the last head of each. Immutable; text form one line
/// for each key (`log VKEY`) and head (`latest ORIGIN SIZE ROOT`).
/// </summary>
public sealed class WitnessState
{
    /// <summary>Largest state file taken, in bytes.</summary>
    public const int MaxBytes = 1024 * 1024;

    private const string Version = "bailiwick-witness-state v1";

    private readonly ImmutableList<VerifierKey> _keys;
    private readonly ImmutableSortedDictionary<string, WitnessedHead> _heads;

    private WitnessState(ImmutableList<VerifierKey> keys, ImmutableSortedDictionary<string, WitnessedHead> heads) =>
        (_keys, _heads) = (keys, heads);

    /// <summary>A witness that knows no log.</summary>
    public static WitnessState Empty { get; } =
        new([], ImmutableSortedDictionary<string, WitnessedHead>.Empty.WithComparers(StringComparer.Ordinal));

    /// <summary>Keys of all logs that are watched, in the order in which they were added.</summary>
    public IReadOnlyList<VerifierKey> Keys => _keys;

    /// <summary>Origins with a head, in order.</summary>
    public IEnumerable<KeyValuePair<string, WitnessedHead>> Heads => _heads;

    /// <summary>Keys of the log with this origin; empty if it is unknown.</summary>
    public IReadOnlyList<VerifierKey> KeysOf(string origin) => _keys.FindAll(key => key.Name == origin);

    /// <summary>The last head of a log; the empty tree if none was cosigned.</summary>
    public WitnessedHead HeadOf(string origin) => _heads.GetValueOrDefault(origin, new WitnessedHead(0, TreeHasher.EmptyRoot));

    /// <summary>Watches one more key: of a new log, or the next key of a known one.</summary>
    public WitnessState WithKey(VerifierKey key) => _keys.Contains(key) ? this : new WitnessState(_keys.Add(key), _heads);

    internal WitnessState WithHead(string origin, WitnessedHead head) => new(_keys, _heads.SetItem(origin, head));

    /// <summary>Reads the text form; refuses a key or a head that stands twice.</summary>
    public static bool TryParse(
        ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out WitnessState? state, [NotNullWhen(false)] out Fault? fault)
    {
        state = null;
        if (bytes.Length > MaxBytes)
        {
            fault = new Fault(FaultCode.TooLarge, $"a state file of more than {MaxBytes} bytes");
            return false;
        }

        var lines = Encoding.UTF8.GetString(bytes).Split('\n');
        if (lines[0] != Version || lines[^1].Length > 0)
        {
            fault = new Fault(FaultCode.WitnessState, $"a state file begins with `{Version}` and ends with a newline");
            return false;
        }

        var read = Empty;
        for (var number = 1; number < lines.Length - 1; number++)
        {
            if (Read(read, lines[number]) is not { } next)
            {
                fault = new Fault(FaultCode.WitnessState, "neither `log VKEY` nor `latest ORIGIN SIZE ROOT`, or twice", $"line {number + 1}");
                return false;
            }

            read = next;
        }

        (state, fault) = (read, null);
        return true;
    }

    /// <summary>The text form.</summary>
    public byte[] ToBytes()
    {
        var text = new StringBuilder(Version).Append('\n');
        foreach (var key in _keys)
        {
            text.Append("log ").Append(key).Append('\n');
        }

        foreach (var (origin, head) in _heads)
        {
            text.Append("latest ").Append(origin).Append(' ').Append(PlainDecimal.Format(head.Size))
                .Append(' ').Append(head.Root.ToBase64()).Append('\n');
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static WitnessState? Read(WitnessState state, string line)
    {
        switch (line.Split(' '))
        {
            case ["log", var text] when VerifierKey.TryParse(text, out var key, out _) && !state._keys.Contains(key):
                return state.WithKey(key);
            case ["latest", var origin, var size, var root]
                when KeyName.IsValid(origin) && PlainDecimal.TryParse(size, out var number)
                    && TreeHash.TryParseBase64(root, out var hash) && !state._heads.ContainsKey(origin):
                return state.WithHead(origin, new WitnessedHead(number, hash));
            default:
                return null;
        }
    }
}
