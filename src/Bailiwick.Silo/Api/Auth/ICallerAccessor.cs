using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.Auth;

/// <summary>Who calls, as this door established it. Null = nobody: the request is refused.</summary>
internal interface ICallerAccessor
{
    Caller? Of(HttpContext context);
}
