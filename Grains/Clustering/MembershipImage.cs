using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Doozer.Clustering;

/// <summary>One silo's row, and the table's version that it was written at: that is its etag.</summary>
internal sealed record MembershipRow(MembershipEntry Entry, int WrittenAt)
{
    /// <summary>The active silos that this silo could not reach while it joined. Gone when it writes its row again.</summary>
    public IReadOnlyList<SiloAddress> Unreached { get; init; } = [];

    public string Etag => WrittenAt.ToString(CultureInfo.InvariantCulture);

    /// <summary>The last sign of the silo's life, or of its death: a vote against it.</summary>
    public DateTime LastUpdate
    {
        get
        {
            DateTime last = Later(Entry.StartTime, Entry.IAmAliveTime);
            foreach (Tuple<SiloAddress, DateTime> vote in Entry.SuspectTimes ?? [])
                last = Later(last, vote.Item2);
            return last;
        }
    }

    private static DateTime Later(DateTime a, DateTime b) => a.Ticks >= b.Ticks ? a : b;
}

/// <summary>
/// The register's value: the membership table with its rows, its version, and which changes made the last versions; and the list
/// of nodes.
/// </summary>
internal sealed record MembershipImage(int Version, IReadOnlyList<MembershipRow> Rows, IReadOnlyList<long> RecentChanges)
{
    /// <summary>
    /// Changes remembered. One that got no answer is looked for here: with fewer, contention could make it forget whether it won.
    /// </summary>
    public const int MaxRecentChanges = 64;

    /// <summary>Rows of dead silos kept whatever their age.</summary>
    public const int MaxDeadRows = 64;

    /// <summary>
    /// Bytes that the rows of dead silos may take beyond the newest <see cref="MaxDeadRows"/>. Orleans clears rows by age; many
    /// restarts in a short time must not fill the table.
    /// </summary>
    public const int MaxDeadBytes = 96 << 10;

    /// <summary>Votes kept of each row.</summary>
    public const int MaxVotes = 32;

    /// <summary>Silos kept that a joining one could not reach.</summary>
    public const int MaxUnreached = 100;

    private const byte Format = 2;
    private const byte FormatWithNodes = 3;
    private const int MaxRows = 10_000;

    // Silos that were told of one of these may look for it still: of a death, or of a predecessor at the own address.
    private static readonly TimeSpan DeadKept = TimeSpan.FromHours(1);

    public static MembershipImage Empty { get; } = new(0, [], []);

    /// <summary>The nodes of the cluster; null as long as they are those that it began with.</summary>
    public NodeList? Nodes { get; init; }

    /// <summary>Whose turn it is to write, of the silos that join; 0 when it is nobody's. Ends with the next version.</summary>
    public long Turn { get; init; }

    public string Etag => Version.ToString(CultureInfo.InvariantCulture);

    public MembershipRow? Find(SiloAddress silo)
    {
        foreach (MembershipRow row in Rows)
        {
            if (row.Entry.SiloAddress.Equals(silo))
                return row;
        }

        return null;
    }

    /// <summary>The change that made a version; null when it is not remembered or not made yet.</summary>
    public long? ChangeOf(int version)
    {
        int index = version - (Version - RecentChanges.Count) - 1;
        return index >= 0 && index < RecentChanges.Count ? RecentChanges[index] : null;
    }

    /// <summary>The next version with a silo's row in place of the one it had.</summary>
    public MembershipImage With(MembershipEntry entry, long change)
    {
        int version = Version + 1;
        var rows = new List<MembershipRow>(Rows.Count + 1);
        foreach (MembershipRow row in Rows)
        {
            if (!row.Entry.SiloAddress.Equals(entry.SiloAddress))
                rows.Add(row);
        }

        rows.Add(new MembershipRow(entry, version));
        ForgetDead(rows);
        return new MembershipImage(version, rows, Recent(change)) { Nodes = Nodes };
    }

    /// <summary>The next version without any rows.</summary>
    public MembershipImage Cleared(long change) => new(Version + 1, [], Recent(change)) { Nodes = Nodes };

    public byte[] Encode() => BinaryFields.Encode(writer =>
    {
        writer.Write(Nodes is null ? Format : FormatWithNodes);
        writer.Write(Version);
        writer.Write(Turn);
        writer.Write(RecentChanges.Count);
        foreach (long change in RecentChanges)
            writer.Write(change);
        writer.Write(Rows.Count);
        foreach (MembershipRow row in Rows)
            Write(writer, row);
        if (Nodes is not null)
            NodeListEncoding.Write(writer, Nodes);
    });

    /// <exception cref="InvalidDataException">The bytes are not a table that this version can read.</exception>
    public static MembershipImage Decode(ReadOnlyMemory<byte> bytes) => bytes.IsEmpty ? Empty : BinaryFields.Decode(
        "A membership table",
        bytes,
        reader =>
        {
            byte format = reader.ReadByte();
            if (format is not (Format or FormatWithNodes))
            {
                throw new InvalidDataException(
                    $"its format is {format}, not {Format} or {FormatWithNodes}; run the same version on all peers");
            }

            int version = reader.ReadInt32();
            long turn = reader.ReadInt64();
            long[] changes = new long[reader.ReadCount(MaxRecentChanges)];
            for (int i = 0; i < changes.Length; i++)
                changes[i] = reader.ReadInt64();
            var rows = new MembershipRow[reader.ReadCount(MaxRows)];
            for (int i = 0; i < rows.Length; i++)
            {
                int writtenAt = reader.ReadInt32();
                MembershipEntry entry = ReadEntry(reader);
                var unreached = new SiloAddress[reader.ReadCount(MaxUnreached)];
                for (int silo = 0; silo < unreached.Length; silo++)
                    unreached[silo] = ReadAddress(reader);
                rows[i] = new MembershipRow(entry, writtenAt) { Unreached = unreached };
            }

            return new MembershipImage(version, rows, changes)
            {
                Turn = turn,
                Nodes = format == FormatWithNodes ? NodeListEncoding.Read(reader) : null,
            };
        });

    private long[] Recent(long change)
    {
        int skipped = Math.Max(0, RecentChanges.Count + 1 - MaxRecentChanges);
        return [.. RecentChanges.Skip(skipped), change];
    }

    // By the times in the table and not by a clock: what becomes of a row must not depend on the machine that writes another.
    private static void ForgetDead(List<MembershipRow> rows)
    {
        MembershipRow[] dead =
            [.. rows.Where(row => row.Entry.Status == SiloStatus.Dead).OrderByDescending(row => row.WrittenAt).Skip(MaxDeadRows)];
        if (dead.Length == 0)
            return;
        long kept = rows.Max(row => row.LastUpdate.Ticks) - DeadKept.Ticks;
        int bytes = 0;
        foreach (MembershipRow row in dead)
        {
            bytes += BinaryFields.Encode(writer => Write(writer, row)).Length;
            if (bytes > MaxDeadBytes || row.LastUpdate.Ticks < kept)
                rows.Remove(row);
        }
    }

    private static void Write(BinaryWriter writer, MembershipRow row)
    {
        writer.Write(row.WrittenAt);
        Write(writer, row.Entry);
        writer.Write(row.Unreached.Count);
        foreach (SiloAddress silo in row.Unreached)
            Write(writer, silo);
    }

    private static void Write(BinaryWriter writer, MembershipEntry entry)
    {
        Write(writer, entry.SiloAddress);
        writer.Write((byte)entry.Status);
        writer.Write(entry.ProxyPort);
        WriteText(writer, entry.HostName);
        WriteText(writer, entry.SiloName);
        WriteText(writer, entry.RoleName);
        writer.Write(entry.UpdateZone);
        writer.Write(entry.FaultZone);
        writer.Write(entry.StartTime.Ticks);
        writer.Write(entry.IAmAliveTime.Ticks);
        List<Tuple<SiloAddress, DateTime>> votes = [.. (entry.SuspectTimes ?? []).OrderBy(vote => vote.Item2).TakeLast(MaxVotes)];
        writer.Write(votes.Count);
        foreach ((SiloAddress silo, DateTime time) in votes)
        {
            Write(writer, silo);
            writer.Write(time.Ticks);
        }
    }

    private static MembershipEntry ReadEntry(BinaryReader reader)
    {
        var entry = new MembershipEntry
        {
            SiloAddress = ReadAddress(reader),
            Status = (SiloStatus)reader.ReadByte(),
            ProxyPort = reader.ReadInt32(),
            HostName = ReadText(reader)!,
            SiloName = ReadText(reader)!,
            RoleName = ReadText(reader),
            UpdateZone = reader.ReadInt32(),
            FaultZone = reader.ReadInt32(),
            StartTime = ReadTime(reader),
            IAmAliveTime = ReadTime(reader),
            SuspectTimes = [],
        };
        for (int left = reader.ReadCount(MaxVotes); left > 0; left--)
            entry.SuspectTimes.Add(Tuple.Create(ReadAddress(reader), ReadTime(reader)));
        return entry;
    }

    private static void Write(BinaryWriter writer, SiloAddress silo)
    {
        RequireNoScope(silo);
        byte[] address = silo.Endpoint.Address.GetAddressBytes();
        writer.Write((byte)address.Length);
        writer.Write(address);
        writer.Write((ushort)silo.Endpoint.Port);
        writer.Write(silo.Generation);
    }

    /// <exception cref="ClusteringException">The address is good on one machine only.</exception>
    public static void RequireNoScope(SiloAddress silo)
    {
        if (silo.Endpoint.Address is { AddressFamily: AddressFamily.InterNetworkV6, ScopeId: not 0 } address)
        {
            throw new ClusteringException(
                $"The silo address {address} names an interface of its own machine ('%{address.ScopeId}') and leads nowhere on " +
                "another; give the silo an address without one.");
        }
    }

    private static SiloAddress ReadAddress(BinaryReader reader)
    {
        var address = new IPAddress(reader.ReadBytes(reader.ReadByte()));
        return SiloAddress.New(new IPEndPoint(address, reader.ReadUInt16()), reader.ReadInt32());
    }

    private static void WriteText(BinaryWriter writer, string? text)
    {
        writer.Write(text is not null);
        if (text is not null)
            writer.Write(text);
    }

    private static string? ReadText(BinaryReader reader) => reader.ReadBoolean() ? reader.ReadString() : null;

    private static DateTime ReadTime(BinaryReader reader) => new(reader.ReadInt64(), DateTimeKind.Utc);
}
