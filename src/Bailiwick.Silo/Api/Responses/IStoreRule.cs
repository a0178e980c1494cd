using Bailiwick.Residency;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.Responses;

/// <summary>Whether a response is kept whose request does not say so.</summary>
internal interface IStoreRule
{
    /// <summary>True where this cluster keeps anything and policy lets this payload in.</summary>
    bool KeepsByDefault(RequestedLabel? raise, Caller caller);
}
