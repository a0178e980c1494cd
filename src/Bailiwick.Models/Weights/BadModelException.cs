namespace Bailiwick.Models.Weights;

/// <summary>
/// A model file or folder is refused. The one exception that the readers and the importer throw for bad input; anything
/// else that leaves them is a bug of ours.
/// </summary>
/// <param name="file">Bare name of the file at fault, without its folder.</param>
/// <param name="reason">What is wrong, as the rest of a sentence that begins with the file's name; text taken from the
/// file goes through <see cref="Quoted.Text"/> first.</param>
public sealed class BadModelException(string file, string reason) : Exception($"{Quoted.Plain(file)}: {reason}")
{
    /// <summary>Bare name of the file at fault.</summary>
    public string File { get; } = file;

    /// <summary>What is wrong with it.</summary>
    public string Reason { get; } = reason;
}
