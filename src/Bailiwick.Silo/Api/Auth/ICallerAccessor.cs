using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.Auth;

/// <summary>The caller of the request that is being answered.</summary>
internal interface ICallerAccessor
{
    /// <summary>Null only at endpoints that are open; everywhere else a request without caller has been refused before.</summary>
    Caller? Of(HttpContext context);
}
