using Bailiwick.Residency.Policies;

namespace Bailiwick.Residency.Decisions;

/// <summary>A policy made ready to decide: all its documents, whether in force or not. Immutable, thread-safe.</summary>
public sealed class CompiledPolicy
{
    private CompiledPolicy(Policy policy)
    {
        Policy = policy;
        Rules = [.. policy.Documents.SelectMany(d => d.Rules.Select(r => (d, r)))];
        Index = new RuleIndex(policy.Vocabulary, Rules);
    }

    /// <summary>As it was loaded.</summary>
    public Policy Policy { get; }

    /// <summary>Its words.</summary>
    public Vocabulary Vocabulary => Policy.Vocabulary;

    /// <summary>In the order of documents, then rules: the order in which decisions list them.</summary>
    public IReadOnlyList<(PolicyDocument Document, Rule Rule)> Rules { get; }

    internal RuleIndex Index { get; }

    /// <param name="policy">As the loader gave it; hand-made ones must be as consistent, or this throws.</param>
    public static CompiledPolicy Compile(Policy policy) => new(policy);

    /// <summary>What is in force at a time under some activations.</summary>
    public PolicySnapshot InForce(DateTimeOffset at, IReadOnlyList<Activation> activations) => new(this, at, activations);

    /// <summary>The document and rule of an id, or null.</summary>
    public (PolicyDocument Document, Rule Rule)? Find(string ruleId)
    {
        foreach (var entry in Rules)
        {
            if (string.Equals(entry.Rule.Id, ruleId, StringComparison.Ordinal))
            {
                return entry;
            }
        }

        return null;
    }
}
