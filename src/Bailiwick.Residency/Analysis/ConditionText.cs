using Bailiwick.Residency.Policies;

namespace Bailiwick.Residency.Analysis;

/// <summary>Conditions in words, as they follow "must be".</summary>
public static class ConditionText
{
    public static string Of(ClassCondition condition) => condition.Form switch
    {
        ClassForm.Any => "any class",
        ClassForm.AtMost => $"{condition.Ids[0]} or lower",
        ClassForm.AtLeast => $"{condition.Ids[0]} or higher",
        _ => OneOf(condition.Ids),
    };

    public static string Of(IdCondition condition) => condition.Form switch
    {
        IdForm.Any => "anything",
        IdForm.Except => $"anything but {OneOf(condition.Ids)}",
        _ => OneOf(condition.Ids),
    };

    public static string Of(JurisdictionCondition condition) =>
        condition.Terms is { } terms ? string.Join(", or ", terms.Select(Of)) : "any jurisdiction";

    private static string Of(JurisdictionTerm term) => term.Form switch
    {
        PlaceForm.Within => $"within {term.Id}",
        PlaceForm.Outside => $"outside {term.Id}",
        PlaceForm.WithinLabel => "within the label's jurisdiction",
        PlaceForm.OutsideLabel => "outside the label's jurisdiction",
        _ => $"exactly {term.Id}",
    };

    private static string OneOf(IReadOnlyList<string> ids) =>
        ids.Count == 1 ? ids[0] : string.Join(", ", ids.SkipLast(1)) + " or " + ids[^1];
}
