namespace Bailiwick.Tests;

/// <summary>Where tests find the checkout, its fixtures, and data published by others (read in place, never copied in).</summary>
internal static class Repository
{
    public static string Root => Checkout.Root;

    public static string? Vectors { get; } =
        Environment.GetEnvironmentVariable("BAILIWICK_VECTORS") is { Length: > 0 } folder && Directory.Exists(folder)
            ? Path.GetFullPath(folder)
            : null;

    public static string Fixture(params string[] parts) => Path.Combine([Root, "tests", "fixtures", .. parts]);

    public static string Model(params string[] parts) => Path.Combine([Root, "models", .. parts]);
}

/// <summary>A test over published data that is not in the repository: reported as not run where it is absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class VectorsFactAttribute : FactAttribute
{
    public VectorsFactAttribute()
    {
        if (Repository.Vectors is null)
        {
            Skip = "BAILIWICK_VECTORS names no folder";
        }
    }
}

/// <summary>As <see cref="VectorsFactAttribute"/>, for tests with data.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class VectorsTheoryAttribute : TheoryAttribute
{
    public VectorsTheoryAttribute()
    {
        if (Repository.Vectors is null)
        {
            Skip = "BAILIWICK_VECTORS names no folder";
        }
    }
}
