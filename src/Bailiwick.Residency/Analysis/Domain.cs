using Bailiwick.Residency.Decisions;
using Bailiwick.Residency.Policies;

namespace Bailiwick.Residency.Analysis;

/// <summary>
/// The finite domain over which a policy is analysed: the product of its lists, or, for two policies, of the unions
/// of theirs. Because it is finite, every answer is exact.
/// </summary>
public sealed class Domain
{
    /// <summary>More tuples than this are not walked: minutes of work, and no policy of people's size comes near.</summary>
    public const long LargestSize = 1L << 30;

    private readonly IdList[] _lists;

    private Domain(params IdList[] lists)
    {
        _lists = lists;
        Size = lists.Aggregate(Int128.One, (size, list) => size * list.Count);
    }

    /// <summary>Number of tuples.</summary>
    public Int128 Size { get; }

    /// <summary>The values of a dimension, in the order of declaration.</summary>
    public IdList this[Dimension dimension] => _lists[(int)dimension];

    /// <summary>All that a policy's own lists can name.</summary>
    public static Domain Of(Vocabulary words) => new(
        words.Jurisdictions.Ids, words.Classes, words.Purposes, words.Tenants, DestinationKinds.Ids, words.Zones, Proofs.Ids);

    /// <summary>First's values in their order, then what only second has.</summary>
    public static Domain Union(Vocabulary first, Vocabulary second) => new(
        Union(first.Jurisdictions.Ids, second.Jurisdictions.Ids), Union(first.Classes, second.Classes),
        Union(first.Purposes, second.Purposes), Union(first.Tenants, second.Tenants), DestinationKinds.Ids,
        Union(first.Zones, second.Zones), Proofs.Ids);

    /// <summary>All tuples, in the order of declaration.</summary>
    /// <exception cref="DomainTooLargeException">On the first step, if there are more than are walked.</exception>
    public IEnumerable<Point> Tuples()
    {
        if (Size > LargestSize)
        {
            throw DomainTooLargeException.Of(Size);
        }

        for (var j = 0; j < _lists[0].Count; j++)
        {
            for (var c = 0; c < _lists[1].Count; c++)
            {
                for (var p = 0; p < _lists[2].Count; p++)
                {
                    for (var t = 0; t < _lists[3].Count; t++)
                    {
                        foreach (var destination in Destinations(j, c, p, t))
                        {
                            yield return destination;
                        }
                    }
                }
            }
        }
    }

    /// <summary>All tuples of one label.</summary>
    public IEnumerable<Point> Destinations(int jurisdiction, int @class, int purpose, int tenant)
    {
        for (var k = 0; k < _lists[4].Count; k++)
        {
            for (var z = 0; z < _lists[5].Count; z++)
            {
                for (var v = 0; v < _lists[6].Count; v++)
                {
                    yield return new Point(jurisdiction, @class, purpose, tenant, k, z, v);
                }
            }
        }
    }

    /// <summary>The label of a tuple of this domain.</summary>
    public Label LabelOf(in Point tuple) =>
        new(_lists[0][tuple.Jurisdiction], _lists[1][tuple.Class], _lists[2][tuple.Purpose], _lists[3][tuple.Tenant]);

    /// <summary>The destination of a tuple of this domain.</summary>
    public Destination DestinationOf(in Point tuple) =>
        new(_lists[4][tuple.Kind], _lists[5][tuple.Zone], _lists[6][tuple.Proof]);

    /// <summary>The reverse; -1 for values that the domain does not hold.</summary>
    internal Point PointOf(Label label, in Destination destination) => new(
        _lists[0].IndexOf(label.Jurisdiction), _lists[1].IndexOf(label.Class), _lists[2].IndexOf(label.Purpose),
        _lists[3].IndexOf(label.Tenant), _lists[4].IndexOf(destination.Kind), _lists[5].IndexOf(destination.Zone),
        _lists[6].IndexOf(destination.ProvenBy));

    /// <summary>`jurisdiction|class|purpose|tenant|kind|zone|proven_by`</summary>
    public string LineOf(in Point tuple) => Line(tuple, _lists[1][tuple.Class]);

    /// <summary>The same with a pair of classes in the place of one.</summary>
    internal string Line(in Point tuple, string classes) =>
        $"{_lists[0][tuple.Jurisdiction]}|{classes}|{_lists[2][tuple.Purpose]}|{_lists[3][tuple.Tenant]}"
        + $"|{_lists[4][tuple.Kind]}|{_lists[5][tuple.Zone]}|{_lists[6][tuple.Proof]}";

    private static IdList Union(IdList first, IdList second) => new(first.Concat(second.Where(id => !first.Contains(id))));
}

/// <summary>A policy, or a pair of them, spans more tuples than analysis walks, or an answer more than it keeps.</summary>
public sealed class DomainTooLargeException(string sentence) : Exception(
    sentence + ": too many to look at each. Single ones can still be asked about (policy why).")
{
    internal static DomainTooLargeException Of(Int128 size) =>
        new($"The policy spans {size} combinations, and at most {Domain.LargestSize} are walked");
}
