using Orleans.Runtime;

namespace Orleans;

/// <summary>One silo's row in the membership table.</summary>
[GenerateSerializer, Alias("Orleans.MembershipEntry")]
public sealed class MembershipEntry
{
    [Id(0)]
    public SiloAddress SiloAddress { get; set; } = SiloAddress.Zero;

    [Id(1)]
    public SiloStatus Status { get; set; }

    /// <summary>Who has voted for this silo's death, and when.</summary>
    [Id(2)]
    public List<Tuple<SiloAddress, DateTime>>? SuspectTimes { get; set; }

    /// <summary>The gateway's port; 0 for none.</summary>
    [Id(3)]
    public int ProxyPort { get; set; }

    [Id(4)]
    public string HostName { get; set; } = "";

    [Id(5)]
    public string SiloName { get; set; } = "";

    [Id(6)]
    public string? RoleName { get; set; }

    [Id(7)]
    public int UpdateZone { get; set; }

    [Id(8)]
    public int FaultZone { get; set; }

    [Id(9)]
    public DateTime StartTime { get; set; }

    [Id(10)]
    public DateTime IAmAliveTime { get; set; }

    public void AddSuspector(SiloAddress suspectingSilo, DateTime suspectingTime)
        => (SuspectTimes ??= []).Add(Tuple.Create(suspectingSilo, suspectingTime));

    /// <summary>Counts a silo's vote once, at its latest time; the oldest votes beyond the limit go.</summary>
    public void AddOrUpdateSuspector(SiloAddress localSilo, DateTime voteTime, int maxVotes)
    {
        var votes = SuspectTimes ??= [];
        votes.RemoveAll(vote => vote.Item1.Equals(localSilo));
        votes.Sort((left, right) => left.Item2.CompareTo(right.Item2));
        if (maxVotes > 0 && votes.Count >= maxVotes)
        {
            votes.RemoveRange(0, votes.Count - maxVotes + 1);
        }

        votes.Add(Tuple.Create(localSilo, voteTime));
    }

    public override string ToString() => $"{SiloName} {SiloAddress} {Status}";

    internal MembershipEntry Clone()
    {
        var clone = (MembershipEntry)MemberwiseClone();
        clone.SuspectTimes = SuspectTimes is null ? null : [.. SuspectTimes];
        return clone;
    }
}
