using Bailiwick.Models.Weights;

namespace Bailiwick.Models.Families;

/// <summary>The numbers of a Llama-like decoder, checked for sense before any tensor is looked up.</summary>
internal sealed record DecoderShape
{
    public const int MaxLayers = 1024;
    public const int MaxWidth = 1 << 17;
    public const int MaxVocabulary = 1 << 20;
    public const int MaxContext = 1 << 20;

    // GroupQueryAttention rotates in steps of eight pairs.
    private const int HeadSizeStep = 16;

    public required int Layers { get; init; }

    public required int Hidden { get; init; }

    public required int FeedForward { get; init; }

    public required int Heads { get; init; }

    public required int KeyValueHeads { get; init; }

    public required int HeadSize { get; init; }

    public required int Vocabulary { get; init; }

    public required int ContextTokens { get; init; }

    /// <summary>Checks what the single ranges cannot say.</summary>
    /// <exception cref="BadModelException">The heads do not divide, or the head size cannot be rotated.</exception>
    public DecoderShape Checked(string file)
    {
        if (Heads % KeyValueHeads != 0)
        {
            throw new BadModelException(file,
                $"states {Heads} heads and {KeyValueHeads} key-value heads, which do not divide them");
        }

        return HeadSize % HeadSizeStep == 0
            ? this
            : throw new BadModelException(file,
                $"states a head size of {HeadSize}; it must be a multiple of {HeadSizeStep}");
    }

    /// <summary>The context of a build: what was asked for, or all that the model has.</summary>
    /// <exception cref="BadModelException">More was asked for than the model has.</exception>
    public static int Context(string file, int model, int? asked) =>
        asked is null || asked <= model
            ? asked ?? model
            : throw new BadModelException(file, $"has a context of {model} tokens; {asked} were asked for");
}
