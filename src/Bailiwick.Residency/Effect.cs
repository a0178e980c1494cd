namespace Bailiwick.Residency;

/// <summary>What a decision says.</summary>
public enum Effect
{
    /// <summary>The default value, so that what was never decided is denied.</summary>
    Deny,
    Allow,
}
