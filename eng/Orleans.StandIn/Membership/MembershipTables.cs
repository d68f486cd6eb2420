using Orleans.Execution;
using Orleans.Runtime;

namespace Orleans.Membership;

/// <summary>A membership table in memory: the development cluster's primary has one, and the silos of a test cluster share one.</summary>
internal sealed class InMemoryMembershipTable(TimeProvider time) : IMembershipTable
{
    private static readonly DateTimeOffset Epoch = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Lock _gate = new();
    private readonly Dictionary<SiloAddress, (MembershipEntry Entry, string Etag)> _rows = [];

    // Starts higher after every restart of the primary, so that the others see that its new table is newer than what they remember.
    private int _version = (int)(time.GetUtcNow() - Epoch).TotalSeconds;

    public Task InitializeMembershipTable(bool tryInitTableVersion) => Task.CompletedTask;

    public Task DeleteMembershipTableEntries(string clusterId)
    {
        lock (_gate)
        {
            _rows.Clear();
        }

        return Task.CompletedTask;
    }

    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate)
    {
        lock (_gate)
        {
            foreach (var (silo, row) in _rows)
            {
                if (row.Entry.Status == SiloStatus.Dead && row.Entry.IAmAliveTime < beforeDate.UtcDateTime)
                {
                    _rows.Remove(silo);
                }
            }
        }

        return Task.CompletedTask;
    }

    public Task<MembershipTableData> ReadRow(SiloAddress key) => Read(silo => silo.Equals(key));

    public Task<MembershipTableData> ReadAll() => Read(_ => true);

    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion)
    {
        lock (_gate)
        {
            return Task.FromResult(!_rows.ContainsKey(entry.SiloAddress) && Write(entry, tableVersion));
        }
    }

    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion)
    {
        lock (_gate)
        {
            return Task.FromResult(
                _rows.TryGetValue(entry.SiloAddress, out var row) && row.Etag == etag && Write(entry, tableVersion));
        }
    }

    public Task UpdateIAmAlive(MembershipEntry entry)
    {
        lock (_gate)
        {
            if (_rows.TryGetValue(entry.SiloAddress, out var row))
            {
                row.Entry.IAmAliveTime = entry.IAmAliveTime;
            }
        }

        return Task.CompletedTask;
    }

    private bool Write(MembershipEntry entry, TableVersion next)
    {
        if (next.Version != _version + 1)
        {
            return false;
        }

        _version = next.Version;
        _rows[entry.SiloAddress] = (entry.Clone(), _version.ToString());
        return true;
    }

    private Task<MembershipTableData> Read(Func<SiloAddress, bool> which)
    {
        lock (_gate)
        {
            var rows = new List<Tuple<MembershipEntry, string>>();
            foreach (var (silo, row) in _rows)
            {
                if (which(silo))
                {
                    rows.Add(Tuple.Create(row.Entry.Clone(), row.Etag));
                }
            }

            return Task.FromResult(new MembershipTableData(rows, new TableVersion(_version, _version.ToString())));
        }
    }
}

/// <summary>The primary's table as other silos reach it.</summary>
[Alias("Orleans.Membership.IMembershipTableService")]
internal interface IMembershipTableService : IAddressable
{
    [ResponseTimeout("00:00:05")]
    Task<MembershipTableData> ReadAll();

    [ResponseTimeout("00:00:05")]
    Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion);

    [ResponseTimeout("00:00:05")]
    Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion);

    [ResponseTimeout("00:00:05")]
    Task UpdateIAmAlive(MembershipEntry entry);

    [ResponseTimeout("00:00:05")]
    Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate);

    [ResponseTimeout("00:00:05")]
    Task DeleteMembershipTableEntries(string clusterId);
}

internal sealed class MembershipTableService(IMembershipTable table) : IMembershipTableService
{
    public Task<MembershipTableData> ReadAll() => table.ReadAll();

    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) => table.InsertRow(entry, tableVersion);

    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion)
        => table.UpdateRow(entry, etag, tableVersion);

    public Task UpdateIAmAlive(MembershipEntry entry) => table.UpdateIAmAlive(entry);

    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => table.CleanupDefunctSiloEntries(beforeDate);

    public Task DeleteMembershipTableEntries(string clusterId) => table.DeleteMembershipTableEntries(clusterId);
}

/// <summary>Development clustering: the table lives in the primary silo, and the others use it over their connection to that.</summary>
internal sealed class DevelopmentMembershipTable : IMembershipTable
{
    private readonly IMembershipTableService _table;

    public DevelopmentMembershipTable(
        SiloEngine silo, Microsoft.Extensions.Options.IOptions<Configuration.DevelopmentClusterMembershipOptions> options)
    {
        var primary = options.Value.PrimarySiloEndpoint;
        if (primary is null || primary.Equals(silo.Local.SiloAddress.Endpoint))
        {
            _table = new MembershipTableService(new InMemoryMembershipTable(silo.Time));
            silo.AddService(_table);
        }
        else
        {
            _table = silo.ServiceOn<IMembershipTableService>(SiloAddress.New(primary, 0));
        }
    }

    public Task InitializeMembershipTable(bool tryInitTableVersion) => Task.CompletedTask;

    public Task DeleteMembershipTableEntries(string clusterId) => _table.DeleteMembershipTableEntries(clusterId);

    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => _table.CleanupDefunctSiloEntries(beforeDate);

    public async Task<MembershipTableData> ReadRow(SiloAddress key)
    {
        var all = await _table.ReadAll();
        return all.TryGet(key) is { } row ? new MembershipTableData(row, all.Version) : new MembershipTableData(all.Version);
    }

    public Task<MembershipTableData> ReadAll() => _table.ReadAll();

    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) => _table.InsertRow(entry, tableVersion);

    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion)
        => _table.UpdateRow(entry, etag, tableVersion);

    public Task UpdateIAmAlive(MembershipEntry entry) => _table.UpdateIAmAlive(entry);
}
