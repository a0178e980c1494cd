using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using Bailiwick.Residency.Analysis;
using Bailiwick.Residency.Decisions;
using Bailiwick.Residency.Loading;

namespace Bailiwick.Cli.Verbs;

/// <summary>`policy prove`: does a claim hold for every combination?</summary>
internal static class PolicyProveVerb
{
    public static Command Create()
    {
        var file = PolicyOptions.FileArgument("policy", "The policy file.");
        var claims = new Option<string?>("--claims")
        {
            Description = "YAML file: a list of {id, text, claim: never or always, label, destination}, conditions as in rules.",
            HelpName = "file",
        };
        var never = new Option<string[]>("--never")
        {
            Description = "A claim in YAML: nothing that matches is allowed. May be given again.", HelpName = "yaml",
        };
        var always = new Option<string[]>("--always")
        {
            Description = "A claim in YAML: all that matches is allowed. May be given again.", HelpName = "yaml",
        };
        var command = new Command(
            "prove",
            """
            Proves claims over every combination, or shows one that breaks them. Labels outside their tenant's home
            and places that only a setting names are always denied and are not counted. A claim that nothing matches
            holds, says nothing, and is called vacuous.
            Exit codes: 0 every claim holds, 2 refused, 3 a claim fails, 4 every claim holds and one is vacuous.

            Examples:
              bailiwick policy prove policy.yaml --claims claims.yaml
              bailiwick policy prove policy.yaml --never '{label: {class: restricted}, destination: {jurisdiction: {outside: eu.de}}}'
            """) { file, claims, never, always };
        command.Validators.Add(result =>
        {
            if (new Option[] { claims, never, always }.All(o => result.GetResult(o) is null))
            {
                result.AddError("Give a claim: --claims, --never or --always.");
            }
        });
        var options = new PolicyOptions(command);
        command.SetAction(parse => options.Run(parse, text =>
        {
            var snapshot = options.Snapshot(parse, parse.GetRequiredValue(file));
            List<Claim> asked =
            [
                .. parse.GetValue(claims) is { } path
                    ? Claims(path, ClaimLoader.Load(PolicyFiles.Bytes(path), snapshot.Vocabulary))
                    : [],
                .. (parse.GetValue(never) ?? []).SelectMany(yaml => Inline(snapshot, ClaimKind.Never, "--never", yaml)),
                .. (parse.GetValue(always) ?? []).SelectMany(yaml => Inline(snapshot, ClaimKind.Always, "--always", yaml)),
            ];
            var proven = asked.Select(claim => Proven.Of(snapshot, claim)).ToList();
            if (options.Json(parse))
            {
                var json = PolicyJson.Of(snapshot);
                json["claims"] = new JsonArray([.. proven.Select(Json)]);
                parse.InvocationConfiguration.Output.WriteLine(json.ToJsonString(PolicyJson.Indented));
            }
            else
            {
                text.Line(PolicyWords.Policy(snapshot));
                proven.ForEach(p => Write(text, snapshot, p));
            }

            return proven.Any(p => !p.Holds) ? PolicyExit.Objection
                : proven.Any(p => p.IsVacuous) ? PolicyExit.Vacuous
                : PolicyExit.Fine;
        }));
        return command;
    }

    private static IReadOnlyList<Claim> Inline(PolicySnapshot snapshot, ClaimKind kind, string option, string yaml) =>
        Claims(option, ClaimLoader.LoadOne(Encoding.UTF8.GetBytes(yaml), option, yaml, kind, snapshot.Vocabulary));

    private static IReadOnlyList<Claim> Claims(string source, ClaimLoad load) =>
        load.Faults.Count == 0 ? load.Claims : throw new RefusedFileException(source, load.Faults);

    private static void Write(PolicyText text, PolicySnapshot snapshot, Proven proven)
    {
        text.Blank();
        var word = !proven.Holds ? "FAILS" : proven.IsVacuous ? "VACUOUS" : "HOLDS";
        text.Paragraph($"{word,-8} {proven.Claim.Id}  ", proven.Claim.Text);
        if (proven.First is { } first)
        {
            text.Paragraph(
                "         ",
                $"{proven.Counterexamples:N0} of {PolicyText.Combinations(proven.Considered)} break it. The first is {(first.Decision.Effect is Residency.Effect.Allow ? "allowed" : "denied")}:");
            text.Paragraph("         label        ", PolicyWords.Label(snapshot.Vocabulary, first.Label));
            text.Paragraph("         destination  ", PolicyWords.Destination(snapshot.Vocabulary, first.Destination));
            PolicyWords.Grounds(text, snapshot.Compiled, first.Decision.Rules, "         ");
        }
        else
        {
            text.Paragraph("         ", proven.IsVacuous
                ? "No combination matches its conditions, so it says nothing of this policy. Is it what you meant?"
                : $"Every one of {PolicyText.Combinations(proven.Considered)} was looked at.");
        }
    }

    private static JsonObject Json(Proven proven) => new()
    {
        ["id"] = proven.Claim.Id,
        ["text"] = proven.Claim.Text,
        ["claim"] = proven.Claim.Kind is ClaimKind.Never ? "never" : "always",
        ["tuples_considered"] = proven.Considered,
        ["holds"] = proven.Holds,
        ["vacuous"] = proven.IsVacuous,
        ["counterexample_count"] = proven.Counterexamples,
        ["counterexample"] = proven.First is { } first
            ? new JsonObject
            {
                ["label"] = PolicyJson.Of(first.Label),
                ["destination"] = PolicyJson.Of(first.Destination),
                ["effect"] = PolicyJson.Word(first.Decision.Effect),
                ["rules"] = PolicyJson.Texts(first.Decision.Rules),
            }
            : null,
    };
}
