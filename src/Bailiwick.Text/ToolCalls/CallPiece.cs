namespace Bailiwick.Text.ToolCalls;

/// <summary>A piece of a call of a function. Joined in order, the pieces of one index are one call.</summary>
/// <param name="Index">Place of the call in the answer, from 0; never goes back.</param>
/// <param name="Name">The function, on the first piece of a call; empty on the others.</param>
/// <param name="Arguments">The next piece of the arguments, JSON text as the model wrote it.</param>
public readonly record struct CallPiece(int Index, string Name, string Arguments);
