using Bailiwick.Models.Catalogue;
using Bailiwick.Models.Weights;

namespace Bailiwick.Models.Import;

/// <summary>Names of models: they are typed, stand in requests and become file names.</summary>
internal static class ModelName
{
    private const int MaxLength = 64;

    /// <summary>A name made from that of a file or folder: lower case, other characters become '-'.</summary>
    public static string Of(string text)
    {
        var letters = text.ToLowerInvariant().Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' ? letter : '-');
        var name = new string([.. letters]).Trim('-', '.', '_');
        if (name.Length > MaxLength) name = name[..MaxLength];
        return name.Length > 0 ? name : "model";
    }

    /// <exception cref="BadModelException">The entry's name or an alias has another form.</exception>
    public static void Check(CatalogueEntry entry)
    {
        foreach (var name in entry.Aliases.Prepend(entry.Name))
        {
            if (!ModelStore.IsName(name))
            {
                throw new BadModelException(CatalogueEntry.FileName,
                    $"states the name {Quoted.Text(name)}; names are 1 to {MaxLength} of a-z, 0-9, '.', '_', '-' and begin with a letter or digit");
            }
        }
    }
}
