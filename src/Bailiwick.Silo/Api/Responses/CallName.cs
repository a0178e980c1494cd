namespace Bailiwick.Silo.Api.Responses;

/// <summary>
/// A function as a client names it. Functions of a namespace are told to the model under one name, since no template knows namespaces.
/// </summary>
/// <param name="Namespace">Null for most.</param>
/// <param name="Name">Within the namespace.</param>
internal sealed record CallName(string? Namespace, string Name)
{
    private const string Between = "__";

    /// <summary>As the model knows it.</summary>
    public string Joined => Namespace is null ? Name : Namespace + Between + Name;
}
