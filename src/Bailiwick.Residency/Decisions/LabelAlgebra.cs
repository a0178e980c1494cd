using Bailiwick.Residency.Policies;

namespace Bailiwick.Residency.Decisions;

/// <summary>A label, or why there is none.</summary>
public readonly record struct LabelResult(Label? Label, Reason Fault);

/// <summary>How labels combine under one vocabulary: raised by a request, joined in a session (model.md section 2).</summary>
public static class LabelAlgebra
{
    /// <summary>The label that a request works under. The first fault counts, in the order of the model.</summary>
    public static LabelResult Raise(Vocabulary vocabulary, Label? credential, RequestedLabel? request)
    {
        if (request is null || request.IsEmpty)
        {
            return new LabelResult(credential, Reason.None);
        }

        var fault = UnknownIn(vocabulary, credential);
        if (fault is Reason.None && Conflicts(credential!, request))
        {
            fault = Reason.LabelConflict;
        }

        if (fault is Reason.None)
        {
            fault = JurisdictionFault(vocabulary, credential!, request);
        }

        if (fault is Reason.None)
        {
            fault = ClassFault(vocabulary, credential!, request);
        }

        return fault is Reason.None
            ? new LabelResult(credential! with
            {
                Jurisdiction = request.Fields.GetValueOrDefault("jurisdiction", credential.Jurisdiction),
                Class = request.Fields.GetValueOrDefault("class", credential.Class),
            }, Reason.None)
            : new LabelResult(null, fault);
    }

    /// <summary>
    /// The label of a session that holds both: the higher class, the narrower jurisdiction. Symmetric. Labels that
    /// the vocabulary does not know have no order and conflict.
    /// </summary>
    public static LabelResult Join(Vocabulary vocabulary, Label? a, Label? b)
    {
        if (UnknownIn(vocabulary, a) is not Reason.None || UnknownIn(vocabulary, b) is not Reason.None
            || a!.Purpose != b!.Purpose || a.Tenant != b.Tenant)
        {
            return new LabelResult(null, Reason.LabelConflict);
        }

        var tree = vocabulary.Jurisdictions;
        var (first, second) = (tree.Ids.IndexOf(a.Jurisdiction), tree.Ids.IndexOf(b.Jurisdiction));
        if (!tree.Within(first, second) && !tree.Within(second, first))
        {
            return new LabelResult(null, Reason.LabelConflict);
        }

        return new LabelResult(a with
        {
            Jurisdiction = tree.Within(first, second) ? a.Jurisdiction : b.Jurisdiction,
            Class = vocabulary.Classes.IndexOf(a.Class) >= vocabulary.Classes.IndexOf(b.Class) ? a.Class : b.Class,
        }, Reason.None);
    }

    private static Reason UnknownIn(Vocabulary vocabulary, Label? label) =>
        !vocabulary.Jurisdictions.Ids.Contains(label?.Jurisdiction) ? Reason.UnknownJurisdiction
        : !vocabulary.Classes.Contains(label?.Class) ? Reason.UnknownClass
        : !vocabulary.Purposes.Contains(label?.Purpose) ? Reason.UnknownPurpose
        : !vocabulary.Tenants.Contains(label?.Tenant) ? Reason.UnknownTenant
        : Reason.None;

    private static bool Conflicts(Label credential, RequestedLabel request) => request.Fields.Any(field => field.Key switch
    {
        "jurisdiction" or "class" => false,
        "purpose" => field.Value != credential.Purpose,
        "tenant" => field.Value != credential.Tenant,
        _ => true,
    });

    private static Reason JurisdictionFault(Vocabulary vocabulary, Label credential, RequestedLabel request)
    {
        if (!request.Fields.TryGetValue("jurisdiction", out var asked))
        {
            return Reason.None;
        }

        var tree = vocabulary.Jurisdictions;
        var place = tree.Ids.IndexOf(asked);
        return place < 0 ? Reason.UnknownJurisdiction
            : tree.Within(place, tree.Ids.IndexOf(credential.Jurisdiction)) ? Reason.None
            : Reason.LabelLowered;
    }

    private static Reason ClassFault(Vocabulary vocabulary, Label credential, RequestedLabel request)
    {
        if (!request.Fields.TryGetValue("class", out var asked))
        {
            return Reason.None;
        }

        var rank = vocabulary.Classes.IndexOf(asked);
        return rank < 0 ? Reason.UnknownClass
            : rank < vocabulary.Classes.IndexOf(credential.Class) ? Reason.LabelLowered
            : Reason.None;
    }
}
