using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Bailiwick.Evidence;

/// <summary>
/// Reads the lines of a policy file: `log`, `witness`, `group`, `quorum`. Stricter than C2SP in one place: a policy
/// without a log is refused, since it could verify nothing.
/// </summary>
internal sealed class TrustPolicyReader
{
    private const int MaxNames = 256;
    private const string None = "none";

    private readonly List<VerifierKey> _logs = [];
    private readonly Dictionary<VerifierKey, string> _witnesses = [];
    private readonly Dictionary<string, Quorum> _names = new(StringComparer.Ordinal);
    private readonly HashSet<string> _members = new(StringComparer.Ordinal);
    private Quorum? _quorum;

    public static bool TryRead(
        ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out TrustPolicy? policy, [NotNullWhen(false)] out Fault? fault)
    {
        policy = null;
        if (bytes.Length > TrustPolicy.MaxBytes)
        {
            fault = new Fault(FaultCode.TooLarge, $"a policy of more than {TrustPolicy.MaxBytes} bytes");
            return false;
        }

        var reader = new TrustPolicyReader();
        var number = 0;
        // Bytes above 0x7F are opaque: Latin-1 keeps each as one character.
        foreach (var line in Encoding.Latin1.GetString(bytes).Split('\n'))
        {
            number++;
            if (reader.Read(line) is string reason)
            {
                fault = new Fault(FaultCode.TrustPolicy, reason, $"line {number}");
                return false;
            }
        }

        fault = reader._logs.Count == 0 ? new Fault(FaultCode.TrustPolicy, "a policy names at least one log")
            : reader._quorum is null ? new Fault(FaultCode.TrustPolicy, "a policy has a quorum line")
            : null;
        policy = fault is null ? new TrustPolicy(reader._logs, reader._witnesses, reader._quorum!) : null;
        return fault is null;
    }

    /// <summary>Takes one line; the reason if it is refused.</summary>
    private string? Read(string line)
    {
        if (line.Any(character => character is < ' ' and not '\t' or '\x7f'))
        {
            return "a control character";
        }

        var words = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        return words switch
        {
            [] => null,
            [['#', ..], ..] => null,
            ["log", _] or ["log", _, _] => AddLog(words[1]),
            ["witness", _, _] or ["witness", _, _, _] => AddWitness(words[1], words[2]),
            ["group", var name, var threshold, .. { Length: > 0 } members] => AddGroup(name, threshold, members),
            ["quorum", var name] => SetQuorum(name),
            _ => "a line is `log`, `witness`, `group` or `quorum` with its words",
        };
    }

    private string? AddLog(string text)
    {
        if (!VerifierKey.TryParse(text, out var key, out var fault))
        {
            return fault.Reason;
        }

        if (!key.Type.SignsLogs())
        {
            return "a key of type 4 signs no log";
        }

        if (_logs.Count >= MaxNames || _logs.Exists(log => log.PublicKey.SequenceEqual(key.PublicKey)))
        {
            return "a log key stands twice, or there are too many";
        }

        _logs.Add(key);
        return null;
    }

    private string? AddWitness(string name, string text)
    {
        if (!VerifierKey.TryParse(text, out var key, out var fault))
        {
            return fault.Reason;
        }

        if (!key.Type.Cosigns())
        {
            return "a key of type 1 signs no cosignature";
        }

        if (_witnesses.Keys.Any(witness => witness.PublicKey.SequenceEqual(key.PublicKey)))
        {
            return "a witness key stands twice: one witness would count twice";
        }

        _witnesses.Add(key, name);
        return AddName(name, Quorum.Witness(name));
    }

    private string? AddGroup(string name, string threshold, string[] members)
    {
        var quorums = new List<Quorum>(members.Length);
        foreach (var member in members)
        {
            if (!_names.TryGetValue(member, out var quorum))
            {
                return "a group names only what stands above it";
            }

            if (!_members.Add(member))
            {
                return "a name stands in a group twice: one witness would count twice";
            }

            quorums.Add(quorum);
        }

        var needed = threshold switch
        {
            "any" => 1,
            "all" => members.Length,
            _ => PlainDecimal.TryParse(threshold, out var number) && number <= (ulong)members.Length ? (int)number : 0,
        };
        return needed == 0
            ? "the threshold of a group is any, all, or a number from 1 to the number of its members"
            : AddName(name, new Quorum(needed, quorums));
    }

    private string? AddName(string name, Quorum quorum) =>
        name == None || _names.Count >= MaxNames || !_names.TryAdd(name, quorum)
            ? "a name stands twice, is `none`, or there are too many"
            : null;

    private string? SetQuorum(string name)
    {
        if (_quorum is not null)
        {
            return "a second quorum line";
        }

        _quorum = name == None ? Quorum.None : _names.GetValueOrDefault(name);
        return _quorum is null ? "the quorum names nothing that stands above it" : null;
    }
}
