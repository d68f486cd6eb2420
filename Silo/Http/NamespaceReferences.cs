using System.Collections.Concurrent;
using Doozer.Namespaces;

namespace Doozer.Silo.Http;

/// <summary>
/// The grains of namespaces by their names, since Orleans takes longer to make a reference than to use it. Names may be made up,
/// so only so many are kept.
/// </summary>
/// <param name="make">Makes a reference.</param>
internal sealed class NamespaceReferences(Func<string, ILocalNamespaceGrain> make)
{
    private const int MostKept = 10_000;

    private readonly ConcurrentDictionary<string, ILocalNamespaceGrain> _kept = new(StringComparer.Ordinal);

    /// <summary>How many are kept.</summary>
    public int Kept => _kept.Count;

    /// <summary>The grain of a namespace, which need not exist.</summary>
    public ILocalNamespaceGrain Get(string name)
    {
        if (_kept.TryGetValue(name, out ILocalNamespaceGrain? kept))
            return kept;
        if (_kept.Count >= MostKept)
            _kept.Clear();
        return _kept.GetOrAdd(name, make);
    }
}
