using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.Auth;

/// <summary>Whether a caller may go on. Answers from memory, without allocating: it is asked before each flush of a stream.</summary>
internal interface ICallerStanding
{
    /// <returns>Null while everything that let the caller in still would.</returns>
    Refusal? Fault(Caller caller);
}
