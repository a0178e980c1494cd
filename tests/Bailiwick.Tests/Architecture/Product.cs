using System.Reflection;

namespace Bailiwick.Tests.Architecture;

/// <summary>The assemblies of src/, as built beside the tests.</summary>
internal static class Product
{
    private static readonly string[] Names =
    [
        "bailiwick", "bailiwick-decoder", "bailiwick-silo", "Bailiwick.Client", "Bailiwick.Evidence", "Bailiwick.Models", "Bailiwick.Protocol",
        "Bailiwick.Residency", "Bailiwick.Text",
    ];

    public static IReadOnlyList<Assembly> Assemblies { get; } = [.. Names.Select(Assembly.Load)];

    public static Assembly Named(string name) => Assemblies.Single(assembly => assembly.GetName().Name == name);
}
