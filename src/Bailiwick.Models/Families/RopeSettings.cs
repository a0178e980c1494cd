using System.Text.Json;
using Bailiwick.Models.Weights;

namespace Bailiwick.Models.Families;

/// <summary>Rotary settings of config.json: `rope_theta` with `rope_scaling`, or the newer `rope_parameters`.</summary>
internal static class RopeSettings
{
    private const double DefaultTheta = 10_000;
    private const double MaxFactor = 1 << 20;

    /// <exception cref="BadModelException">A type that is not built, or a number out of range.</exception>
    public static RotaryFrequencies FromConfig(JsonFields config, int headSize)
    {
        var scaling = config.OptionalObject("rope_parameters") ?? config.OptionalObject("rope_scaling");
        if (scaling is not null && scaling.Element.EnumerateObject().Any(field => field.Value.ValueKind == JsonValueKind.Object))
        {
            throw new BadModelException(config.File,
                "states rotary settings for each kind of layer, which this family does not have");
        }

        foreach (var fields in (JsonFields?[])[config, scaling])
        {
            if (fields?.OptionalNumber("partial_rotary_factor", 0, 1) is < 1)
            {
                throw fields.Wrong("partial_rotary_factor", "is below 1; partly rotated heads are not built");
            }
        }

        var theta = scaling?.OptionalNumber("rope_theta", 1, 1e12) ?? config.OptionalNumber("rope_theta", 1, 1e12) ?? DefaultTheta;
        var plain = RotaryFrequencies.Plain(theta, headSize);
        return scaling is null ? plain : Scaled(plain, scaling);
    }

    private static RotaryFrequencies Scaled(RotaryFrequencies plain, JsonFields scaling)
    {
        var key = scaling.Has("rope_type") ? "rope_type" : "type";
        return scaling.OptionalText(key) switch
        {
            null or "default" => plain,
            "linear" => plain.Linear(scaling.Number("factor", 1, MaxFactor)),
            "llama3" => Llama3(plain, scaling),
            { } type => throw scaling.Wrong(key, $"is {Quoted.Text(type)}; built are 'default', 'linear' and 'llama3'"),
        };
    }

    private static RotaryFrequencies Llama3(RotaryFrequencies plain, JsonFields scaling)
    {
        var low = scaling.Number("low_freq_factor", 1e-3, MaxFactor);
        var high = scaling.Number("high_freq_factor", 1e-3, MaxFactor);
        if (high <= low) throw scaling.Wrong("high_freq_factor", "is not greater than low_freq_factor");
        return plain.Llama3(
            scaling.Number("factor", 1, MaxFactor), low, high, scaling.Number("original_max_position_embeddings", 1, DecoderShape.MaxContext));
    }
}
