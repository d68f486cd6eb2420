using System.Net;
using System.Text;

namespace Orleans.Runtime;

/// <summary>One incarnation of a silo: where it listens, and a generation that rises with every start.</summary>
[GenerateSerializer, Immutable, Alias("Orleans.SiloAddress")]
public sealed class SiloAddress : IEquatable<SiloAddress>, IComparable<SiloAddress>
{
    private static readonly DateTimeOffset Epoch = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private SiloAddress(IPEndPoint endpoint, int generation)
    {
        Endpoint = endpoint;
        Generation = generation;
    }

    public static SiloAddress Zero { get; } = new(new IPEndPoint(IPAddress.Any, 0), 0);

    [Id(0)]
    public IPEndPoint Endpoint { get; }

    [Id(1)]
    public int Generation { get; }

    public static SiloAddress New(IPEndPoint ep, int gen) => new(ep, gen);

    public static SiloAddress New(IPAddress address, int port, int generation) => new(new IPEndPoint(address, port), generation);

    /// <summary>
    /// Tenths of a second since the epoch: rises from one start to the next on a machine whose clock does not run backwards. Finer than
    /// seconds, because a silo that is killed is back within one.
    /// </summary>
    public static int AllocateNewGeneration() => (int)((TimeProvider.System.GetUtcNow() - Epoch).TotalMilliseconds / 100);

    public static SiloAddress FromParsableString(string addr)
        => TryParse(addr, out var parsed) ? parsed! : throw new FormatException($"'{addr}' is not a silo address (address:port@generation).");

    public static SiloAddress Parse(string value) => FromParsableString(value);

    public static bool TryParse(string? value, out SiloAddress? result)
    {
        result = null;
        var at = value?.LastIndexOf('@') ?? -1;
        if (at < 0 || !IPEndPoint.TryParse(value.AsSpan(0, at), out var endpoint) || !int.TryParse(value.AsSpan(at + 1), out var generation))
        {
            return false;
        }

        result = new SiloAddress(endpoint, generation);
        return true;
    }

    public string ToParsableString() => $"{Endpoint}@{Generation}";

    public int GetConsistentHashCode() => (int)StableHash.Compute(Encoding.UTF8.GetBytes(ToParsableString()));

    /// <summary>Whether this is an earlier incarnation of the other silo.</summary>
    public bool IsPredecessorOf(SiloAddress other) => Endpoint.Equals(other.Endpoint) && Generation < other.Generation;

    public bool IsSuccessorOf(SiloAddress other) => other.IsPredecessorOf(this);

    public bool Equals(SiloAddress? other)
        => ReferenceEquals(this, other) || (other is not null && Generation == other.Generation && Endpoint.Equals(other.Endpoint));

    public override bool Equals(object? obj) => Equals(obj as SiloAddress);

    public override int GetHashCode() => HashCode.Combine(Endpoint, Generation);

    public int CompareTo(SiloAddress? other)
    {
        if (other is null)
        {
            return 1;
        }

        var byAddress = Endpoint.Address.GetAddressBytes().AsSpan().SequenceCompareTo(other.Endpoint.Address.GetAddressBytes());
        var byPort = byAddress != 0 ? byAddress : Endpoint.Port.CompareTo(other.Endpoint.Port);
        return byPort != 0 ? byPort : Generation.CompareTo(other.Generation);
    }

    public override string ToString() => $"S{Endpoint}:{Generation}";
}
