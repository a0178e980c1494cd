namespace Bailiwick.Residency;

public enum Effect
{
    /// <summary>The default value, so that what was never decided is denied.</summary>
    Deny,
    Allow,
}
