using System.Collections.Immutable;

namespace Orleans.Runtime;

public enum SiloStatus
{
    None = 0,
    Created = 1,
    Joining = 2,
    Active = 3,
    ShuttingDown = 4,
    Stopping = 5,
    Dead = 6,
}

[GenerateSerializer, Immutable, Alias("Orleans.MembershipVersion")]
public readonly struct MembershipVersion : IComparable<MembershipVersion>, IEquatable<MembershipVersion>
{
    public MembershipVersion(long version) => Value = version;

    public static MembershipVersion MinValue => new(long.MinValue);

    [Id(0)]
    public long Value { get; init; }

    public static bool operator ==(MembershipVersion left, MembershipVersion right) => left.Value == right.Value;

    public static bool operator !=(MembershipVersion left, MembershipVersion right) => left.Value != right.Value;

    public static bool operator <(MembershipVersion left, MembershipVersion right) => left.Value < right.Value;

    public static bool operator >(MembershipVersion left, MembershipVersion right) => left.Value > right.Value;

    public static bool operator <=(MembershipVersion left, MembershipVersion right) => left.Value <= right.Value;

    public static bool operator >=(MembershipVersion left, MembershipVersion right) => left.Value >= right.Value;

    public int CompareTo(MembershipVersion other) => Value.CompareTo(other.Value);

    public bool Equals(MembershipVersion other) => Value == other.Value;

    public override bool Equals(object? obj) => obj is MembershipVersion other && Equals(other);

    public override int GetHashCode() => Value.GetHashCode();

    public override string ToString() => Value.ToString();
}

public sealed class ClusterMember : IEquatable<ClusterMember>
{
    public ClusterMember(SiloAddress siloAddress, SiloStatus status, string name)
    {
        SiloAddress = siloAddress;
        Status = status;
        Name = name;
    }

    public SiloAddress SiloAddress { get; }

    public SiloStatus Status { get; }

    public string Name { get; }

    public bool Equals(ClusterMember? other)
        => other is not null && SiloAddress.Equals(other.SiloAddress) && Status == other.Status && Name == other.Name;

    public override bool Equals(object? obj) => Equals(obj as ClusterMember);

    public override int GetHashCode() => SiloAddress.GetHashCode();

    public override string ToString() => $"{Name} {SiloAddress} {Status}";
}

public sealed class ClusterMembershipSnapshot
{
    public ClusterMembershipSnapshot(ImmutableDictionary<SiloAddress, ClusterMember> members, MembershipVersion version)
    {
        Members = members;
        Version = version;
    }

    public ImmutableDictionary<SiloAddress, ClusterMember> Members { get; }

    public MembershipVersion Version { get; }

    /// <summary>The silo's status; Dead too when a later incarnation at the same address is known.</summary>
    public SiloStatus GetSiloStatus(SiloAddress silo)
    {
        if (Members.TryGetValue(silo, out var member))
        {
            return member.Status;
        }

        foreach (var other in Members.Keys)
        {
            if (silo.IsPredecessorOf(other))
            {
                return SiloStatus.Dead;
            }
        }

        return SiloStatus.None;
    }

    public override string ToString() => $"version {Version}: {string.Join(", ", Members.Values)}";
}

public interface IClusterMembershipService
{
    ClusterMembershipSnapshot CurrentSnapshot { get; }

    /// <summary>The current snapshot and then every newer one; a slow reader sees only the newest.</summary>
    IAsyncEnumerable<ClusterMembershipSnapshot> MembershipUpdates { get; }

    ValueTask Refresh(MembershipVersion minimumVersion = default, CancellationToken cancellationToken = default);

    /// <summary>Declares a silo dead in the table. False when that did not succeed.</summary>
    Task<bool> TryKill(SiloAddress siloAddress);
}
