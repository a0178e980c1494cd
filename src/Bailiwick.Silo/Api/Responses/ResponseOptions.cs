namespace Bailiwick.Silo.Api.Responses;

/// <summary>What the request says about the form of its answer.</summary>
/// <param name="WithLogprobs">Text carries the probabilities of its tokens.</param>
/// <param name="Names">Functions of namespaces, by the name that the model knows.</param>
internal sealed record ResponseOptions(bool WithLogprobs, IReadOnlyDictionary<string, CallName> Names)
{
    /// <summary>The client's name of a function that the model calls.</summary>
    public CallName NameOf(string joined) => Names.GetValueOrDefault(joined) ?? new CallName(null, joined);
}
