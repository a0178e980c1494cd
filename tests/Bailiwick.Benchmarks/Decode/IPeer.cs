namespace Bailiwick.Benchmarks.Decode;

/// <summary>One way to run the default model at one stream; all take the same token ids and the same number of threads.</summary>
internal interface IPeer : IDisposable
{
    string Name { get; }

    /// <summary>Seconds to read <paramref name="prompt"/> and choose the first token.</summary>
    double PrefillSeconds(int[] prompt);

    /// <summary>Seconds for <paramref name="tokens"/> greedy tokens after the first one, end-of-text ignored.</summary>
    double DecodeSeconds(int[] prompt, int tokens);
}
