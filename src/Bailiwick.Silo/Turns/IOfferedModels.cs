using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Shards;

namespace Bailiwick.Silo.Turns;

/// <summary>The models that a caller may see. One implementation; tests of a door script another.</summary>
internal interface IOfferedModels
{
    /// <summary>By name; none where <c>Refusal</c> says why.</summary>
    (IReadOnlyList<ServedModel> Models, Refusal? Refusal) For(Caller caller);

    /// <summary>By name, alias, or either with "@" and a digest; exactly one of the two is null.</summary>
    (ServedModel? Model, Refusal? Refusal) Find(string reference, Caller caller);
}
