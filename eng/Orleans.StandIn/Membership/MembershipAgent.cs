using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using Orleans.Configuration;
using Orleans.Execution;
using Orleans.Runtime;

namespace Orleans.Membership;

/// <summary>What the silos' membership agents say to each other.</summary>
[Alias("Orleans.Membership.IMembershipPeer")]
internal interface IMembershipPeer : IAddressable
{
    Task Probe();

    /// <summary>Tells of a table that has changed.</summary>
    [OneWay]
    Task Gossip([Immutable] MembershipTableData table);
}

/// <summary>
/// Keeps this silo's row in the membership table and its view of the others' rows. While the table cannot be reached the silo goes on with
/// the last view.
/// </summary>
internal sealed partial class MembershipAgent : IMembershipPeer
{
    private const int MostAttempts = 20;
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(100);

    private readonly SiloEngine _silo;
    private readonly IMembershipTable _table;
    private readonly MembershipView _view;
    private readonly IFatalErrorHandler _fatal;
    private readonly ClusterMembershipOptions _options;
    private readonly ILogger<MembershipAgent> _logger;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stopping = new();
    private SiloStatus _status = SiloStatus.Created;
    private DateTime _started;

    public MembershipAgent(
        SiloEngine silo,
        IMembershipTable table,
        MembershipView view,
        IFatalErrorHandler fatal,
        IOptions<ClusterMembershipOptions> options,
        ILogger<MembershipAgent> logger)
    {
        _silo = silo;
        _table = table;
        _view = view;
        _fatal = fatal;
        _options = options.Value;
        _logger = logger;
        silo.Membership = () => _view.Current;
        silo.AddService<IMembershipPeer>(this);
        silo.SiloReplaced += () => _ = RefreshQuietlyAsync();
    }

    public SiloStatus Status => _status;

    public CancellationToken Stopping => _stopping.Token;

    private DateTime Now => _silo.Time.GetUtcNow().UtcDateTime;

    private SiloAddress Self => _silo.Local.SiloAddress;

    /// <summary>Waits for the table, declares earlier incarnations of this silo dead and writes its row.</summary>
    public Task JoinAsync(CancellationToken token)
    {
        _started = Now;
        return TryAsync(SiloStatus.Joining, token);
    }

    public Task BecomeActiveAsync(CancellationToken token) => TryAsync(SiloStatus.Active, token);

    /// <summary>Writes that this silo is on its way out. Failing that, the others will find out by themselves.</summary>
    public async Task LeaveAsync(SiloStatus status, TimeSpan limit)
    {
        try
        {
            await WriteStatusAsync(status).WaitAsync(limit, _silo.Time);
        }
        catch (Exception e)
        {
            LogLeaveFailed(e.Message, status);
        }
    }

    public void Stop() => _stopping.Cancel();

    public Task Probe() => Task.CompletedTask;

    public Task Gossip(MembershipTableData table)
    {
        Apply(table);
        return Task.CompletedTask;
    }

    public async Task RefreshAsync() => Apply(await _table.ReadAll());

    public async Task RefreshQuietlyAsync()
    {
        try
        {
            await RefreshAsync();
        }
        catch (Exception e)
        {
            LogRefreshFailed(e.Message);
        }
    }

    public Task HeartbeatAsync() => _table.UpdateIAmAlive(Row(_status));

    public Task CleanUpAsync() => _table.CleanupDefunctSiloEntries(_silo.Time.GetUtcNow() - _options.DefunctSiloExpiration);

    /// <summary>Votes for a silo's death and declares it when there are votes enough; without a vote declares it at once.</summary>
    public async Task<bool> DeclareDeadAsync(SiloAddress silo, bool byVote)
    {
        for (var attempt = 0; attempt < MostAttempts && !_stopping.IsCancellationRequested; attempt++)
        {
            var data = await _table.ReadAll();
            if (data.TryGet(silo) is not { } row || row.Item1.Status == SiloStatus.Dead)
            {
                Apply(data);
                return true;
            }

            // The dead have no vote: a silo that was paused finds all others silent.
            if (data.TryGet(Self) is { Item1.Status: SiloStatus.Dead })
            {
                Apply(data);
                return false;
            }

            var entry = row.Item1.Clone();
            var votes = FreshVotes(entry);
            var dead = !byVote || votes + 1 >= VotesNeeded(data);
            if (!dead && entry.SuspectTimes?.Exists(vote => vote.Item1.Equals(Self) && IsFresh(vote)) == true)
            {
                Apply(data);
                return false;
            }

            entry.AddOrUpdateSuspector(Self, Now, Math.Max(1, _options.NumVotesForDeathDeclaration));
            entry.Status = dead ? SiloStatus.Dead : entry.Status;
            if (await _table.UpdateRow(entry, row.Item2, data.Version.Next()))
            {
                LogVoted(silo, dead);
                await PublishAsync();
                return dead;
            }

            await BackOffAsync(attempt);
        }

        return false;
    }

    private int FreshVotes(MembershipEntry entry)
        => entry.SuspectTimes?.Count(vote => !vote.Item1.Equals(Self) && IsFresh(vote)) ?? 0;

    private bool IsFresh(Tuple<SiloAddress, DateTime> vote) => Now - vote.Item2 < _options.DeathVoteExpirationTimeout;

    // Half of the silos that still give signs of life suffice, or else a small cluster could never bury anybody.
    private int VotesNeeded(MembershipTableData data)
    {
        var stale = Now - (_options.IAmAliveTablePublishTimeout * _options.NumMissedTableIAmAliveLimit);
        var active = data.Members.Count(row => row.Item1.Status == SiloStatus.Active && row.Item1.IAmAliveTime > stale);
        return Math.Max(1, Math.Min(_options.NumVotesForDeathDeclaration, (active + 1) / 2));
    }

    /// <summary>Tries again while the table cannot be reached: it may be back soon.</summary>
    private async Task TryAsync(SiloStatus status, CancellationToken token)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(token, _stopping.Token);
        limit.CancelAfter(_options.MaxJoinAttemptTime);
        while (true)
        {
            try
            {
                await _table.InitializeMembershipTable(true);
                await WriteStatusAsync(status);
                return;
            }
            catch (Exception e) when (e is not OperationCanceledException && !limit.IsCancellationRequested)
            {
                LogJoinFailed(status, e.Message);
                await Task.Delay(RetryDelay, _silo.Time, limit.Token);
            }
        }
    }

    private async Task WriteStatusAsync(SiloStatus status)
    {
        for (var attempt = 0; attempt < MostAttempts; attempt++)
        {
            var data = await _table.ReadAll();
            if (await TryBuryPredecessorAsync(data))
            {
                continue;
            }

            var row = data.TryGet(Self);
            if (row is { Item1.Status: SiloStatus.Dead } && status != SiloStatus.Dead)
            {
                Apply(data);
                return;
            }

            var written = row is null
                ? await _table.InsertRow(Row(status), data.Version.Next())
                : await _table.UpdateRow(Row(status), row.Item2, data.Version.Next());
            if (written)
            {
                _status = status;
                await PublishAsync();
                return;
            }

            await BackOffAsync(attempt);
        }

        throw new OrleansException($"The membership table changed faster than the silo {Self} could write {status} into it.");
    }

    private async Task<bool> TryBuryPredecessorAsync(MembershipTableData data)
    {
        foreach (var (entry, etag) in data.Members)
        {
            if (entry.SiloAddress.IsPredecessorOf(Self) && entry.Status != SiloStatus.Dead)
            {
                var dead = entry.Clone();
                dead.Status = SiloStatus.Dead;
                dead.AddSuspector(Self, Now);
                await _table.UpdateRow(dead, etag, data.Version.Next());
                return true;
            }
        }

        return false;
    }

    private Task BackOffAsync(int attempt)
    {
        // Apart by address, so that silos that start together do not collide again and again.
        var apart = ((uint)Self.GetConsistentHashCode() >> (attempt % 16)) % 10;
        return Task.Delay(TimeSpan.FromMilliseconds((apart + 1) * (attempt + 1)), _silo.Time);
    }

    private MembershipEntry Row(SiloStatus status) => new()
    {
        SiloAddress = Self,
        Status = status,
        SiloName = _silo.Local.Name,
        HostName = _silo.Local.DnsHostName,
        ProxyPort = _silo.Local.GatewayAddress.Endpoint.Port,
        StartTime = _started,
        IAmAliveTime = Now,
    };

    /// <summary>Reads the table that we have changed and tells the others.</summary>
    private async Task PublishAsync()
    {
        var data = await _table.ReadAll();
        Apply(data);
        if (!_options.UseLivenessGossip)
        {
            return;
        }

        foreach (var (entry, _) in data.Members)
        {
            if (!entry.SiloAddress.Equals(Self) && entry.Status is SiloStatus.Active or SiloStatus.Joining or SiloStatus.ShuttingDown)
            {
                _ = _silo.ServiceOn<IMembershipPeer>(entry.SiloAddress).Gossip(data);
            }
        }
    }

    private void Apply(MembershipTableData data)
    {
        var next = MembershipView.Snapshot(data);
        ClusterMembershipSnapshot last;
        lock (_gate)
        {
            last = _view.Current;
            if (next.Version <= last.Version)
            {
                return;
            }

            _view.Publish(next);
        }

        foreach (var (silo, member) in last.Members)
        {
            if (member.Status != SiloStatus.Dead && next.GetSiloStatus(silo) == SiloStatus.Dead)
            {
                LogDead(member.Name, silo);
                _silo.Connections.CloseTo(silo, new SiloUnavailableException($"The silo {member.Name} at {silo} has been declared dead."));
            }
        }

        CheckSelf(next);
    }

    private void CheckSelf(ClusterMembershipSnapshot snapshot)
    {
        if (_stopping.IsCancellationRequested || _status is not (SiloStatus.Joining or SiloStatus.Active))
        {
            return;
        }

        switch (snapshot.GetSiloStatus(Self))
        {
            case SiloStatus.Dead:
                _stopping.Cancel();
                _fatal.OnFatalException(this, $"The cluster has declared this silo, {Self}, dead.");
                break;
            case SiloStatus.None:
                // The primary that kept the table has started anew with an empty one.
                _ = RejoinAsync();
                break;
        }
    }

    private async Task RejoinAsync()
    {
        try
        {
            await WriteStatusAsync(_status);
        }
        catch (Exception e)
        {
            LogRefreshFailed(e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Cannot become {Status} in the cluster yet: {Reason}")]
    private partial void LogJoinFailed(SiloStatus status, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Could not write the status {Status} into the membership table: {Reason}")]
    private partial void LogLeaveFailed(string reason, SiloStatus status);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The membership table cannot be reached; going on with the last view: {Reason}")]
    private partial void LogRefreshFailed(string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Suspected the silo {Silo}; declared dead: {Dead}.")]
    private partial void LogVoted(SiloAddress silo, bool dead);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The silo {Name} at {Silo} is dead.")]
    private partial void LogDead(string name, SiloAddress silo);
}
