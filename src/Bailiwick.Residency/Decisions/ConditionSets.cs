using Bailiwick.Residency.Policies;

namespace Bailiwick.Residency.Decisions;

/// <summary>What a condition selects: for each value of a closed list, whether it matches. Left out selects all.</summary>
internal static class ConditionSets
{
    public static bool[] Of(IdCondition? condition, IdList list)
    {
        var selected = new bool[list.Count];
        var form = condition?.Form ?? IdForm.Any;
        if (form is not IdForm.OneOf)
        {
            Array.Fill(selected, true);
        }

        if (form is not IdForm.Any)
        {
            foreach (var id in condition!.Ids)
            {
                selected[list.IndexOf(id)] = form is IdForm.OneOf;
            }
        }

        return selected;
    }

    public static bool[] Of(ClassCondition? condition, IdList classes)
    {
        var selected = new bool[classes.Count];
        switch (condition?.Form ?? ClassForm.Any)
        {
            case ClassForm.Any:
                Array.Fill(selected, true);
                break;
            case ClassForm.AtMost:
                selected.AsSpan(0, classes.IndexOf(condition!.Ids[0]) + 1).Fill(true);
                break;
            case ClassForm.AtLeast:
                selected.AsSpan(classes.IndexOf(condition!.Ids[0])).Fill(true);
                break;
            default:
                foreach (var id in condition!.Ids)
                {
                    selected[classes.IndexOf(id)] = true;
                }

                break;
        }

        return selected;
    }

    /// <summary>Jurisdictions that a condition selects by themselves; terms that look at the label select none here.</summary>
    public static bool[] Of(JurisdictionCondition? condition, JurisdictionTree tree)
    {
        var selected = new bool[tree.Ids.Count];
        if (condition?.Terms is not { } terms)
        {
            Array.Fill(selected, true);
            return selected;
        }

        foreach (var term in terms.Where(t => t.Id is not null))
        {
            Select(term.Form, tree.Ids.IndexOf(term.Id), tree, selected);
        }

        return selected;
    }

    /// <summary>Whether one of the terms has a form that looks at the label.</summary>
    public static bool Holds(JurisdictionCondition? condition, PlaceForm form) =>
        condition?.Terms?.Any(t => t.Form == form) ?? false;

    private static void Select(PlaceForm form, int id, JurisdictionTree tree, bool[] selected)
    {
        switch (form)
        {
            case PlaceForm.Exactly:
                selected[id] = true;
                break;
            case PlaceForm.Within:
                foreach (var j in tree.Subtree(id))
                {
                    selected[j] = true;
                }

                break;
            default:
                for (var j = 0; j < selected.Length; j++)
                {
                    selected[j] |= !tree.Within(j, id);
                }

                break;
        }
    }
}
