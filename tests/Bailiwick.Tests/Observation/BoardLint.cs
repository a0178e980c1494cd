using System.Text.Json;
using System.Text.RegularExpressions;

namespace Bailiwick.Tests.Observation;

/// <summary>The house rules for boards, over the JSON alone: no Grafana was to be had.</summary>
internal static partial class BoardLint
{
    private static readonly string[] Variables = ["datasource", "job", "instance", "model"];
    private static readonly string[] Units = ["short", "s", "reqps", "ops", "percentunit", "bool_yes_no", "suffix: tok/s"];

    /// <summary>Every fault, a line each.</summary>
    public static IEnumerable<string> Faults(string json)
    {
        using var document = JsonDocument.Parse(json);
        var board = document.RootElement;
        return [.. OfBoard(board), .. OfVariables(board), .. Panels(board).SelectMany(OfPanel)];
    }

    /// <summary>Title and query of each target.</summary>
    public static IReadOnlyList<(string Panel, string Query)> Queries(string json)
    {
        using var document = JsonDocument.Parse(json);
        return [.. Panels(document.RootElement).SelectMany(panel => Targets(panel).Select(query => (Text(panel, "title"), query)))];
    }

    /// <summary>Lines of panels that are not where the alert of the panel's runbook fires.</summary>
    public static IEnumerable<string> Lines(string json, string alerts)
    {
        using var document = JsonDocument.Parse(json);
        var faults = new List<string>();
        foreach (var panel in Panels(document.RootElement))
        {
            var (title, name) = (Text(panel, "title"), Runbook().Match(Text(panel, "description")).Groups[1].Value);
            var fires = Regex.Match(alerts, $@"- alert: {name}\n\s+expr: .* (>|==|<) ([\d.]+)\n").Groups;
            foreach (var line in Steps(panel).Where(line => fires[1].Value != ">" || fires[2].Value != line))
            {
                faults.Add($"{title}: its line is at {line}, {name} fires at {fires[1].Value} {fires[2].Value}");
            }
        }

        return faults;
    }

    /// <summary>Values above which a panel is coloured.</summary>
    private static IEnumerable<string> Steps(JsonElement panel) =>
        panel.TryGetProperty("fieldConfig", out var field) && field.GetProperty("defaults").TryGetProperty("thresholds", out var thresholds)
            ? thresholds.GetProperty("steps").EnumerateArray()
                .Where(step => step.TryGetProperty("value", out var value) && value.ValueKind == JsonValueKind.Number)
                .Select(step => step.GetProperty("value").GetRawText()).ToList()
            : [];

    private static IEnumerable<string> OfBoard(JsonElement board)
    {
        if (!Kebab().IsMatch(Text(board, "uid")))
        {
            yield return "board: uid is not a fixed kebab word";
        }

        if (!board.TryGetProperty("schemaVersion", out var schema) || schema.GetInt32() is < 39 or > 42)
        {
            yield return "board: schemaVersion must lie between 39 and 42";
        }

        if (!board.TryGetProperty("editable", out var editable) || editable.GetBoolean())
        {
            yield return "board: is editable";
        }

        if (!board.TryGetProperty("graphTooltip", out var tooltip) || tooltip.GetInt32() != 1)
        {
            yield return "board: no shared crosshair";
        }

        if (Text(board, "timezone") != "utc" || Text(board, "refresh") != "30s" || Text(board, "description").Length == 0)
        {
            yield return "board: timezone utc, refresh 30s and a description are needed";
        }

        foreach (var twice in Panels(board).GroupBy(panel => panel.GetProperty("id").GetInt32()).Where(group => group.Count() > 1))
        {
            yield return $"board: id {twice.Key} stands twice";
        }
    }

    private static IEnumerable<string> OfVariables(JsonElement board)
    {
        var variables = board.GetProperty("templating").GetProperty("list").EnumerateArray().ToList();
        foreach (var missing in Variables.Except(variables.Select(variable => Text(variable, "name"))))
        {
            yield return $"board: no variable '{missing}'";
        }

        foreach (var variable in variables.Where(variable => Text(variable, "type") == "query" && variable.GetProperty("refresh").GetInt32() != 2))
        {
            yield return $"board: variable '{Text(variable, "name")}' is not read again when the time changes";
        }
    }

    private static IEnumerable<string> OfPanel(JsonElement panel)
    {
        var title = Text(panel, "title");
        if (title.Length == 0)
        {
            yield return "a panel without a title";
        }

        var (description, queries) = (Text(panel, "description"), Targets(panel).ToList());
        if (!Units.Contains(panel.GetProperty("fieldConfig").GetProperty("defaults").TryGetProperty("unit", out var unit) ? unit.GetString() : null))
        {
            yield return $"{title}: unit is missing or not known";
        }

        if (Runbook().Match(description) is not { Success: true } runbook || !File.Exists(Path.Combine(Repository.Root, runbook.Value)))
        {
            yield return $"{title}: the description names no runbook";
        }

        if (Text(panel.GetProperty("datasource"), "uid") != "${datasource}")
        {
            yield return $"{title}: its data source is not the variable";
        }

        if (queries.Count == 0)
        {
            yield return $"{title}: no query";
        }

        foreach (var metric in queries.SelectMany(Metrics).Distinct().Where(metric => !description.Contains(metric, StringComparison.Ordinal)))
        {
            yield return $"{title}: the description does not name {metric}";
        }

        foreach (var fault in queries.SelectMany(OfQuery))
        {
            yield return $"{title}: {fault}";
        }
    }

    private static IEnumerable<string> OfQuery(string query)
    {
        foreach (Match selector in Selector().Matches(query))
        {
            var (metric, labels, after) = (selector.Groups[1].Value, selector.Groups[2].Value, selector.Groups[3].Value);
            if (!labels.Contains("job=~\"$job\"", StringComparison.Ordinal) || !labels.Contains("instance=~\"$instance\"", StringComparison.Ordinal))
            {
                yield return $"{metric} is not selected by job and instance";
            }

            if (after is not ("" or "[$__rate_interval]"))
            {
                yield return $"{metric} has the range {after}, not $__rate_interval";
            }

            var isCounter = Counter().IsMatch(metric);
            var rated = Rate().IsMatch(query[..selector.Index]);
            if (isCounter != (after.Length > 0) || isCounter != rated)
            {
                yield return $"{metric}: counters stand in rate or increase, gauges do not";
            }
        }

        if (Bare().Match(Grouping().Replace(Selector().Replace(query, ""), "")) is { Success: true } bare)
        {
            yield return $"{bare.Value} has no selector";
        }

        if (query.Contains(" / ", StringComparison.Ordinal) && !query.Contains("> 0)", StringComparison.Ordinal))
        {
            yield return "a ratio without a guard";
        }
    }

    private static IEnumerable<string> Metrics(string query) => Selector().Matches(query).Select(selector => selector.Groups[1].Value);

    private static IEnumerable<JsonElement> Panels(JsonElement board) => board.GetProperty("panels").EnumerateArray();

    private static IEnumerable<string> Targets(JsonElement panel) =>
        panel.GetProperty("targets").EnumerateArray().Select(target => Text(target, "expr"));

    private static string Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    [GeneratedRegex(@"\A[a-z]+(-[a-z]+)*\z")]
    private static partial Regex Kebab();

    [GeneratedRegex(@"runbooks/([A-Za-z]+)\.md")]
    private static partial Regex Runbook();

    [GeneratedRegex(@"([\w:]+)\{([^}]*)\}(\[[^\]]*\])?")]
    private static partial Regex Selector();

    [GeneratedRegex(@"\b(bailiwick_|bailiwick:|gen_ai_|vllm:)[\w:]+")]
    private static partial Regex Bare();

    [GeneratedRegex(@"\b(by|without|on) \([^)]*\)")]
    private static partial Regex Grouping();

    [GeneratedRegex(@"_(total|bucket|count|sum)\z")]
    private static partial Regex Counter();

    [GeneratedRegex(@"(rate|increase)\(\z")]
    private static partial Regex Rate();
}
