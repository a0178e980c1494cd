namespace Bailiwick.Decoder;

/// <summary>Exit codes, after sysexits.h.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>The model or a frame was refused; a Fault frame or the verdict said why.</summary>
    public const int Refused = 1;

    /// <summary>EX_USAGE.</summary>
    public const int Usage = 64;

    /// <summary>EX_SOFTWARE: a bug of ours.</summary>
    public const int Internal = 70;

    /// <summary>EX_TEMPFAIL: above the memory limit, start again.</summary>
    public const int MemoryLimit = 75;
}
