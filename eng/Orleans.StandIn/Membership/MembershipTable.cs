using Orleans.Runtime;

namespace Orleans;

/// <summary>
/// The list of silos that all silos of a cluster share. Every change of a row but the heartbeat names the table's version it is based on.
/// </summary>
public interface IMembershipTable
{
    Task InitializeMembershipTable(bool tryInitTableVersion);

    Task DeleteMembershipTableEntries(string clusterId);

    Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate);

    Task<MembershipTableData> ReadRow(SiloAddress key);

    Task<MembershipTableData> ReadAll();

    Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion);

    Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion);

    Task UpdateIAmAlive(MembershipEntry entry);
}

[GenerateSerializer, Immutable, Alias("Orleans.TableVersion")]
public sealed class TableVersion : IEquatable<TableVersion>
{
    public TableVersion(int version, string eTag)
    {
        Version = version;
        VersionEtag = eTag;
    }

    [Id(0)]
    public int Version { get; }

    [Id(1)]
    public string VersionEtag { get; }

    public static bool operator ==(TableVersion? left, TableVersion? right) => Equals(left, right);

    public static bool operator !=(TableVersion? left, TableVersion? right) => !Equals(left, right);

    /// <summary>The version that a change made on this one leads to; it carries this one's etag for the comparison.</summary>
    public TableVersion Next() => new(Version + 1, VersionEtag);

    public bool Equals(TableVersion? other) => other is not null && Version == other.Version && VersionEtag == other.VersionEtag;

    public override bool Equals(object? obj) => Equals(obj as TableVersion);

    public override int GetHashCode() => HashCode.Combine(Version, VersionEtag);

    public override string ToString() => $"<{Version}, {VersionEtag}>";
}

[GenerateSerializer, Immutable, Alias("Orleans.MembershipTableData")]
public sealed class MembershipTableData
{
    public MembershipTableData(List<Tuple<MembershipEntry, string>> list, TableVersion version)
    {
        Members = list;
        Version = version;
    }

    public MembershipTableData(Tuple<MembershipEntry, string> tuple, TableVersion version)
        : this([tuple], version)
    {
    }

    public MembershipTableData(TableVersion version)
        : this([], version)
    {
    }

    [Id(0)]
    public IReadOnlyList<Tuple<MembershipEntry, string>> Members { get; }

    [Id(1)]
    public TableVersion Version { get; }

    public Tuple<MembershipEntry, string>? TryGet(SiloAddress silo)
    {
        foreach (var member in Members)
        {
            if (member.Item1.SiloAddress.Equals(silo))
            {
                return member;
            }
        }

        return null;
    }

    public override string ToString() => $"{Version}: {string.Join("; ", Members.Select(m => m.Item1))}";
}
