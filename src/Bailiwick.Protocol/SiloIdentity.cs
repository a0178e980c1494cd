using System.Text.RegularExpressions;

namespace Bailiwick.Protocol;

/// <summary>What a silo does in the cluster.</summary>
[Flags]
public enum SiloRoles
{
    None = 0,

    /// <summary>Has the doors through which callers come in.</summary>
    Gateway = 1,

    /// <summary>Has decoders.</summary>
    Worker = 2,
}

/// <summary>
/// Who a silo is, as the site's authority enrolled it. Carried as the one name of its certificate, a URI in SPIFFE's form
/// (SPIFFE-ID section 2): <c>spiffe://bailiwick/zone/ZONE/node/NODE/role/gateway+worker</c>.
/// </summary>
/// <param name="Zone">Zone id of the policy.</param>
/// <param name="Node">Name of the machine, unique within the zone.</param>
/// <param name="Roles">At least one.</param>
public sealed partial record SiloIdentity(string Zone, string Node, SiloRoles Roles)
{
    /// <summary>The shape of zones and nodes, for messages. It is that of the policy's ids.</summary>
    public const string NameRule = "lower-case letters and digits, parts joined by one dot or hyphen, at most 64 characters";

    /// <summary>The URI of this identity. Equal identities have equal URIs.</summary>
    public string Uri => $"spiffe://bailiwick/zone/{Zone}/node/{Node}/role/{Format(Roles)}";

    /// <summary>Whether a text can be the name of a zone or of a node (<see cref="NameRule"/>).</summary>
    public static bool IsName(string? text) => text is { Length: <= 64 } && Name().IsMatch(text);

    /// <summary>Reads a URI of the form above, in its one spelling; anything else is refused.</summary>
    public static bool TryParse(string? uri, out SiloIdentity? identity)
    {
        identity = null;
        if (uri?.Split('/') is not ["spiffe:", "", "bailiwick", "zone", var zone, "node", var node, "role", var roles]
            || !IsName(zone) || !IsName(node) || !TryParseRoles(roles.Split('+'), out var parsed) || Format(parsed) != roles)
        {
            return false;
        }

        identity = new SiloIdentity(zone, node, parsed);
        return true;
    }

    /// <summary>Reads the words `gateway` and `worker`; false for none, an unknown one or one that stands twice.</summary>
    public static bool TryParseRoles(IEnumerable<string?> words, out SiloRoles roles)
    {
        ArgumentNullException.ThrowIfNull(words);
        roles = SiloRoles.None;
        foreach (var word in words)
        {
            var role = word switch { "gateway" => SiloRoles.Gateway, "worker" => SiloRoles.Worker, _ => SiloRoles.None };
            if (role == SiloRoles.None || roles.HasFlag(role))
            {
                roles = SiloRoles.None;
                return false;
            }

            roles |= role;
        }

        return roles != SiloRoles.None;
    }

    /// <summary>The words of some roles, joined by '+', gateway first.</summary>
    public static string Format(SiloRoles roles) =>
        string.Join('+', new[] { SiloRoles.Gateway, SiloRoles.Worker }.Where(role => roles.HasFlag(role))
            .Select(role => role == SiloRoles.Gateway ? "gateway" : "worker"));

    [GeneratedRegex(@"\A[a-z0-9]+([.-][a-z0-9]+)*\z")]
    private static partial Regex Name();
}
