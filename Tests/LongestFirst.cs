using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(Doozer.Tests.LongestFirst))]

namespace Doozer.Tests;

/// <summary>
/// Tests with real nodes mostly wait for these: they go first, so that the others fill the cores meanwhile and none is left
/// alone at the end.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(
        IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [
            .. testCollections
                .OrderByDescending(collection =>
                    collection.TestCollectionDisplayName.Contains(".EndToEnd.", StringComparison.Ordinal))
                .ThenBy(collection => collection.TestCollectionDisplayName, StringComparer.Ordinal),
        ];
}
