namespace Bailiwick.Models.Families;

/// <summary>Rotary position embedding: radians per position for each pair of a head's elements.</summary>
/// <param name="Inverse">One frequency for each pair, in double; the first turns fastest.</param>
internal sealed record RotaryFrequencies(double[] Inverse)
{
    /// <summary>theta^(-2i/d), as Su et al. (RoFormer) define it.</summary>
    public static RotaryFrequencies Plain(double theta, int headSize) =>
        new([.. Enumerable.Range(0, headSize / 2).Select(pair => Math.Pow(theta, -2.0 * pair / headSize))]);

    /// <summary>Every frequency divided by the same factor: position interpolation.</summary>
    public RotaryFrequencies Linear(double factor) => new([.. Inverse.Select(frequency => frequency / factor)]);

    /// <summary>Each frequency divided by its own divisor, as GGUF's rope_freqs.weight stores them.</summary>
    public RotaryFrequencies DividedBy(ReadOnlySpan<float> divisors)
    {
        var divided = new double[Inverse.Length];
        for (var pair = 0; pair < divided.Length; pair++) divided[pair] = Inverse[pair] / divisors[pair];
        return new RotaryFrequencies(divided);
    }

    /// <summary>
    /// Llama 3.1's scaling: long wavelengths are divided by the factor, short ones stay, those between are blended.
    /// </summary>
    /// <param name="factor">Divisor of long wavelengths.</param>
    /// <param name="lowFactor">Wavelengths above original / lowFactor are long.</param>
    /// <param name="highFactor">Wavelengths below original / highFactor are short; greater than lowFactor.</param>
    /// <param name="original">Context in tokens before scaling.</param>
    public RotaryFrequencies Llama3(double factor, double lowFactor, double highFactor, double original) =>
        new([.. Inverse.Select(frequency => Llama3(frequency, factor, lowFactor, highFactor, original))]);

    private static double Llama3(double frequency, double factor, double lowFactor, double highFactor, double original)
    {
        var wavelength = 2 * Math.PI / frequency;
        if (wavelength > original / lowFactor) return frequency / factor;
        if (wavelength < original / highFactor) return frequency;
        var share = (original / wavelength - lowFactor) / (highFactor - lowFactor);
        return (1 - share) * frequency / factor + share * frequency;
    }

    /// <summary>Cosines and sines of every angle, row by row: [positions, pairs].</summary>
    public (float[] Cosines, float[] Sines) Tables(int positions)
    {
        var cosines = new float[(long)positions * Inverse.Length];
        var sines = new float[cosines.LongLength];
        for (var position = 0; position < positions; position++)
        {
            for (var pair = 0; pair < Inverse.Length; pair++)
            {
                var (sine, cosine) = Math.SinCos(position * Inverse[pair]);
                cosines[position * Inverse.Length + pair] = (float)cosine;
                sines[position * Inverse.Length + pair] = (float)sine;
            }
        }

        return (cosines, sines);
    }
}
