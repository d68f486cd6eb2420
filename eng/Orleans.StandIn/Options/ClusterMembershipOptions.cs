namespace Orleans.Configuration;

public class ClusterMembershipOptions
{
    public bool LivenessEnabled { get; set; } = true;

    public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromSeconds(5);

    public int NumMissedProbesLimit { get; set; } = 3;

    public int NumProbedSilos { get; set; } = 10;

    public int NumVotesForDeathDeclaration { get; set; } = 2;

    public TimeSpan DeathVoteExpirationTimeout { get; set; } = TimeSpan.FromMinutes(2);

    public TimeSpan TableRefreshTimeout { get; set; } = TimeSpan.FromSeconds(60);

    public TimeSpan IAmAliveTablePublishTimeout { get; set; } = TimeSpan.FromSeconds(30);

    public int NumMissedTableIAmAliveLimit { get; set; } = 3;

    public TimeSpan MaxJoinAttemptTime { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Not acted on: a silo that joins for long is left alone here.</summary>
    public bool EvictWhenMaxJoinAttemptTimeExceeded { get; set; } = true;

    public bool UseLivenessGossip { get; set; } = true;

    public TimeSpan DefunctSiloExpiration { get; set; } = TimeSpan.FromDays(7);

    public TimeSpan? DefunctSiloCleanupPeriod { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Indirect probes are not made here; the setting is accepted so that applications can turn them off.</summary>
    public bool EnableIndirectProbes { get; set; } = true;

    /// <summary>Probe timeouts are not stretched here; the setting is accepted so that applications can turn it off.</summary>
    public bool ExtendProbeTimeoutDuringDegradation { get; set; } = true;
}
