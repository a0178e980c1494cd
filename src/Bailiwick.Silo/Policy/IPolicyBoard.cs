using System.Diagnostics.CodeAnalysis;
using Bailiwick.Residency.Requests;
using Bailiwick.Silo.Hosting;

namespace Bailiwick.Silo.Policy;

/// <summary>The policy that this silo decides with: a copy of the residency grain's, valid for a lease.</summary>
internal interface IPolicyBoard
{
    /// <summary>The guard over the snapshot in force. False, with a `policy_stale` refusal, once the lease has run out.</summary>
    bool TryGet([NotNullWhen(true)] out Guard? guard, [NotNullWhen(false)] out Refusal? refusal);
}
