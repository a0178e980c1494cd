using Bailiwick.Protocol;
using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Decoder.Loop;

/// <summary>
/// The border of one request: a bug that its data meets ends this request, not the loop that others share. The work gets
/// its state as an argument, so that no token allocates a closure.
/// </summary>
internal static class TurnBorder
{
    /// <summary>Does the work.</summary>
    /// <returns>Null, or the problem that the request ends with.</returns>
    internal static Problem? Run<TState>(TState state, Action<TState> work)
    {
        try
        {
            work(state);
            return null;
        }
        catch (Exception problem)
        {
            // The message may hold payload; the type and the place cannot.
            Console.Error.WriteLine($"decoder: a request ended with {problem.GetType().FullName} {problem.StackTrace}");
            return Problems.Of(Errors.Internal, $"The request ended with an unexpected {problem.GetType().Name}.");
        }
    }
}
