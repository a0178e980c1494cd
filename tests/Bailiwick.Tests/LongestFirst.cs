using Bailiwick.Tests;
using Bailiwick.Tests.Decoder.Loop;
using Bailiwick.Tests.Protocol;
using Xunit.Abstractions;

[assembly: TestCollectionOrderer(LongestFirst.TypeName, "Bailiwick.Tests")]

namespace Bailiwick.Tests;

/// <summary>The collections that run for minutes start first, or the last of them would run alone.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    public const string TypeName = "Bailiwick.Tests.LongestFirst";

    private static readonly string[] Long = [EngineTests.Name, DecoderLifeCollection.Name];

    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(collection => Long.Contains(collection.DisplayName) ? 0 : 1);
}
