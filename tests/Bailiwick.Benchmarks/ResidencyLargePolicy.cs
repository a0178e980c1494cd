using System.Text;

namespace Bailiwick.Benchmarks;

/// <summary>A policy near the largest file that loads: 4,000 rules over 1,000 jurisdictions, 1,000 zones, 1,000 tenants.</summary>
internal static class ResidencyLargePolicy
{
    public static string Yaml
    {
        get
        {
            var yaml = new StringBuilder(
                "policy: large\nschema: 1\nepoch: 1\ntitle: Made large\nvocabulary:\n  classes: [a, b, c, d, e, f, g, h]\n  purposes: [work, play]\n");
            List(yaml, "jurisdictions", i => i == 0 ? "id: j0, name: n" : $"id: j{i}, parent: j{(i - 1) / 4}, name: n");
            List(yaml, "zones", i => $"id: z{i}, jurisdiction: j{i}");
            List(yaml, "tenants", i => $"id: t{i}, home: j{i / 2}");
            yaml.Append("documents:\n  - {id: all, authority: n, rules: [\n");
            for (var r = 0; r < 4000; r++)
            {
                yaml.Append(r % 4 == 3
                    ? $"    {{id: R{r}, effect: deny, label: {{tenant: t{r % 1000}}}, destination: {{jurisdiction: {{outside: label}}}}, because: n}},\n"
                    : $"    {{id: R{r}, effect: allow, label: {{class: {{at_most: {"abcdefgh"[r % 8]}}}, jurisdiction: {{within: j{r % 1000}}}}}, "
                        + $"destination: {{kind: any, jurisdiction: {{within: j{r * 7 % 1000}}}}}, because: n}},\n");
            }

            return yaml.Append("  ]}\n").ToString();
        }
    }

    private static void List(StringBuilder yaml, string name, Func<int, string> entry)
    {
        yaml.Append($"  {name}:\n");
        for (var i = 0; i < 1000; i++)
        {
            yaml.Append($"    - {{{entry(i)}}}\n");
        }
    }
}
