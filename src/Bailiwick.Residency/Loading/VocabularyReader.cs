using Bailiwick.Residency.Policies;

namespace Bailiwick.Residency.Loading;

/// <summary>Reads the closed lists and remembers what they declare, for the references of the rules.</summary>
internal sealed class VocabularyReader(Reading reading)
{
    private const int FewestClasses = 2;
    private const int MostClasses = 8;

    /// <summary>Null where a list is missing; only to be used if the reading has no fault.</summary>
    public Func<Vocabulary>? Read(YamlNode node, string path)
    {
        if (Fields.Open(reading, node, path, ["jurisdictions", "classes", "zones", "purposes", "tenants"], []) is not { } fields)
        {
            return null;
        }

        var jurisdictions = fields.Read("jurisdictions", Jurisdictions);
        var classes = fields.Read("classes", (n, p) => Ids(n, p, declared => reading.Classes = declared));
        var zones = fields.Read("zones", Zones);
        var purposes = fields.Read("purposes", (n, p) => Ids(n, p, declared => reading.Purposes = declared));
        var tenants = fields.Read("tenants", Tenants);
        fields.Read("classes", CountClasses);
        return () => new Vocabulary(jurisdictions!, classes!, zones!, purposes!, tenants!);
    }

    private object? CountClasses(YamlNode node, string path)
    {
        if (node is YamlList { Items.Count: 1 or > MostClasses } list)
        {
            reading.Report(
                FaultCodes.SchemaValue, path, node,
                $"The list has {list.Items.Count} classes; {FewestClasses} to {MostClasses} are asked, lowest first.");
        }

        return null;
    }

    private List<string> Ids(YamlNode node, string path, Action<HashSet<string>> declare)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        return Items(node, path, () => declare(taken), (item, at) => reading.NewId(item, at, taken));
    }

    private List<Jurisdiction> Jurisdictions(YamlNode node, string path)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        var parents = new List<(string Id, YamlNode Parent, string Path)>();
        var jurisdictions = Items(node, path, () => reading.Jurisdictions = taken, (item, at) =>
        {
            if (Fields.Open(reading, item, at, ["id", "name"], ["parent"]) is not { } fields)
            {
                return null;
            }

            var id = fields.Read("id", (n, p) => reading.NewId(n, p, taken)) ?? "";
            var name = fields.Read("name", reading.Sentence) ?? "";
            var parent = fields.Read("parent", (n, p) =>
            {
                parents.Add((id, n, p));
                return (n as YamlText)?.Value;
            });
            return new Jurisdiction(id, name, parent);
        });

        // A parent may stand below its child in the list.
        foreach (var (_, parent, at) in parents)
        {
            reading.Reference(parent, at, reading.Jurisdictions, "jurisdiction");
        }

        ReportCycles(parents);
        return jurisdictions;
    }

    /// <summary>One fault per cycle, at the member that is declared first. Linear: each node is walked once.</summary>
    private void ReportCycles(List<(string Id, YamlNode Parent, string Path)> parents)
    {
        var links = new Dictionary<string, (string Above, int Place)>(StringComparer.Ordinal);
        for (var i = 0; i < parents.Count; i++)
        {
            links.TryAdd(parents[i].Id, ((parents[i].Parent as YamlText)?.Value ?? "", i));
        }

        var walkOf = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var walk = 0; walk < parents.Count; walk++)
        {
            var id = parents[walk].Id;
            while (links.TryGetValue(id, out var link) && walkOf.TryAdd(id, walk))
            {
                id = link.Above;
            }

            // Ends at a root, at a node of an earlier walk, or, in a cycle, at a node of this one.
            if (walkOf.GetValueOrDefault(id, -1) == walk && links.ContainsKey(id))
            {
                var first = FirstOfCycle(links, id);
                reading.Report(
                    FaultCodes.Cycle, parents[first].Path, parents[first].Parent,
                    $"The parents of '{parents[first].Id}' form a cycle.");
            }
        }
    }

    private static int FirstOfCycle(Dictionary<string, (string Above, int Place)> links, string start)
    {
        var first = links[start].Place;
        for (var id = links[start].Above; id != start; id = links[id].Above)
        {
            first = Math.Min(first, links[id].Place);
        }

        return first;
    }

    private List<Zone> Zones(YamlNode node, string path)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        return Items(node, path, () => reading.Zones = taken, (item, at) =>
            Fields.Open(reading, item, at, ["id", "jurisdiction"], []) is { } fields
                ? new Zone(
                    fields.Read("id", (n, p) => reading.NewId(n, p, taken)) ?? "",
                    fields.Read("jurisdiction", (n, p) => reading.Reference(n, p, reading.Jurisdictions, "jurisdiction")) ?? "")
                : null);
    }

    private List<Tenant> Tenants(YamlNode node, string path)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        return Items(node, path, () => reading.Tenants = taken, (item, at) =>
            Fields.Open(reading, item, at, ["id", "home"], ["name"]) is { } fields
                ? new Tenant(
                    fields.Read("id", (n, p) => reading.NewId(n, p, taken)) ?? "",
                    fields.Read("home", (n, p) => reading.Reference(n, p, reading.Jurisdictions, "jurisdiction")) ?? "",
                    fields.Read("name", reading.Text))
                : null);
    }

    /// <summary>Reads the entries; `declare` tells that the list exists, even if it is empty.</summary>
    private List<T> Items<T>(YamlNode node, string path, Action declare, Func<YamlNode, string, T?> read)
        where T : class
    {
        if (node is YamlList)
        {
            declare();
        }

        var items = new List<T>();
        var list = reading.List(node, path);
        for (var i = 0; i < (list?.Items.Count ?? 0); i++)
        {
            if (read(list!.Items[i], JsonPointer.Item(path, i)) is { } item)
            {
                items.Add(item);
            }
        }

        return items;
    }
}
