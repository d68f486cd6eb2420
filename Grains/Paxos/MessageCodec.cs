namespace Doozer.Paxos;

/// <summary>Messages of one sender as one envelope: version, sender, then each message behind a byte for its kind.</summary>
internal static class MessageCodec
{
    private const byte Version = 2;
    private const byte FirstVersion = 1;

    private enum Kind : byte
    {
        PreVote = 1,
        PreVoteReply = 2,
        Prepare = 3,
        Promise = 4,
        Accept = 5,
        Accepted = 6,
        Rejected = 7,
        Heartbeat = 8,
        HeartbeatAck = 9,
        Chosen = 10,
        LearnRequest = 11,
        LearnReply = 12,
        TransferLeadership = 13,
        SnapshotOffer = 14,
        SnapshotRequest = 15,
        SnapshotChunk = 16,
        Quiet = 17,
    }

    /// <summary>Encodes messages that all come from one sender, behind a header that is copied as it is.</summary>
    public static byte[] Encode(IReadOnlyList<Message> messages, ReadOnlySpan<byte> header = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var counter = new WireWriter(null);
        Write(ref counter, messages);
        byte[] envelope = new byte[header.Length + counter.Position];
        header.CopyTo(envelope);
        var writer = new WireWriter(envelope, header.Length);
        Write(ref writer, messages);
        return envelope;
    }

    /// <summary>Adds the envelope's messages to the list; their batches are slices of it.</summary>
    /// <exception cref="InvalidDataException">The envelope is not one that <see cref="Encode"/> made.</exception>
    public static void Decode(ReadOnlyMemory<byte> envelope, List<Message> into)
    {
        ArgumentNullException.ThrowIfNull(into);
        var reader = new WireReader(envelope, "An envelope of Paxos messages");
        if (reader.Byte() is var version && version is < FirstVersion or > Version)
            throw reader.Malformed($"it has version {version}, and this program knows versions {FirstVersion} to {Version}");
        string from = reader.Text();
        while (!reader.AtEnd)
            into.Add(Read(ref reader, from));
    }

    private static Message Read(ref WireReader reader, string from) => (Kind)reader.Byte() switch
    {
        Kind.PreVote => new PreVote(reader.Number(), reader.Number()) { From = from },
        Kind.PreVoteReply =>
            new PreVoteReply(reader.Number(), reader.Flag(), reader.Ballot(), reader.Number()) { From = from },
        Kind.Prepare => new Prepare(reader.Ballot(), reader.Slot()) { From = from },
        Kind.Promise =>
            new Promise(
                reader.Ballot(), reader.Slot(), reader.Number(), reader.Number(), ReadEntries(ref reader))
            { From = from },
        Kind.Accept => new Accept(reader.Ballot(), reader.Slot(), reader.Batch(), reader.Number()) { From = from },
        Kind.Accepted => new Accepted(reader.Ballot(), reader.Slot(), reader.Number()) { From = from },
        Kind.Rejected => new Rejected(reader.Ballot(), reader.Ballot()) { From = from },
        Kind.Heartbeat => new Heartbeat(reader.Ballot(), reader.Number(), reader.Number()) { From = from },
        Kind.HeartbeatAck => new HeartbeatAck(reader.Ballot(), reader.Number(), reader.Number()) { From = from },
        Kind.Chosen => new Chosen(reader.Ballot(), reader.Number()) { From = from },
        Kind.Quiet => new Quiet(reader.Ballot(), reader.Number()) { From = from },
        Kind.LearnRequest => new LearnRequest(reader.Slot()) { From = from },
        Kind.LearnReply => new LearnReply(reader.Number(), ReadEntries(ref reader)) { From = from },
        Kind.TransferLeadership => new TransferLeadership(reader.Ballot()) { From = from },
        Kind.SnapshotOffer => new SnapshotOffer(reader.Slot(), reader.Number()) { From = from },
        Kind.SnapshotRequest => new SnapshotRequest(reader.Number(), reader.Number()) { From = from },
        Kind.SnapshotChunk => ReadChunk(ref reader, from),
        var kind => throw reader.Malformed($"there is no message of kind {(byte)kind}"),
    };

    private static SnapshotChunk ReadChunk(ref WireReader reader, string from)
    {
        var chunk = new SnapshotChunk(reader.Slot(), reader.Number(), reader.Number(), reader.Bytes(SnapshotChunk.MaxBytes))
        {
            From = from,
        };
        return chunk.Bytes.Length > 0 && chunk.Offset <= chunk.Length - chunk.Bytes.Length
            ? chunk
            : throw reader.Malformed("it has an impossible chunk");
    }

    private static SlotEntry[] ReadEntries(ref WireReader reader)
    {
        long count = reader.Number();

        // An entry takes at least five bytes, so a false count cannot make us allocate much more than was sent.
        if (count > reader.Remaining / 5)
            throw reader.Malformed("it has an impossible number of slots");
        var entries = new SlotEntry[count];
        for (int i = 0; i < entries.Length; i++)
            entries[i] = new SlotEntry(reader.Slot(), reader.Ballot(), reader.Batch());
        return entries;
    }

    /// <summary>The oldest that says all: an older program must not take a change of the quorums for a damaged batch.</summary>
    private static byte VersionOf(IReadOnlyList<Message> messages)
    {
        for (int i = 0; i < messages.Count; i++)
        {
            if (messages[i].HasReconfiguration)
                return Version;
        }

        return FirstVersion;
    }

    private static void Write(ref WireWriter writer, IReadOnlyList<Message> messages)
    {
        writer.Byte(VersionOf(messages));
        string from = messages.Count > 0 ? messages[0].From : string.Empty;
        writer.Text(from);
        for (int i = 0; i < messages.Count; i++)
        {
            if (messages[i].From != from)
            {
                throw new ArgumentException(
                    $"An envelope from {from} cannot carry a message from {messages[i].From}.", nameof(messages));
            }

            Write(ref writer, messages[i]);
        }
    }

    private static void Write(ref WireWriter writer, Message message)
    {
        if (!WriteElection(ref writer, message) && !WriteLeading(ref writer, message) && !WriteLearning(ref writer, message))
            throw new ArgumentException($"There is no encoding for {message.GetType().Name}.", nameof(message));
    }

    private static bool WriteElection(ref WireWriter writer, Message message)
    {
        switch (message)
        {
            case PreVote m:
                Start(ref writer, Kind.PreVote, m.Attempt);
                writer.Number(m.ChosenThrough);
                return true;
            case PreVoteReply m:
                Start(ref writer, Kind.PreVoteReply, m.Attempt);
                writer.Flag(m.Granted);
                writer.Ballot(m.Promised);
                writer.Number(m.ChosenThrough);
                return true;
            case Prepare m:
                Start(ref writer, Kind.Prepare, m.Ballot);
                writer.Number(m.FromSlot);
                return true;
            case Promise m:
                Start(ref writer, Kind.Promise, m.Ballot);
                writer.Number(m.FromSlot);
                writer.Number(m.Through);
                writer.Number(m.ChosenThrough);
                WriteEntries(ref writer, m.Entries);
                return true;
            case Rejected m:
                Start(ref writer, Kind.Rejected, m.Ballot);
                writer.Ballot(m.Promised);
                return true;
            case TransferLeadership m:
                Start(ref writer, Kind.TransferLeadership, m.Ballot);
                return true;
            default:
                return false;
        }
    }

    private static bool WriteLeading(ref WireWriter writer, Message message)
    {
        switch (message)
        {
            case Accept m:
                Start(ref writer, Kind.Accept, m.Ballot);
                writer.Number(m.Slot);
                writer.Batch(m.Batch);
                writer.Number(m.ChosenThrough);
                return true;
            case Accepted m:
                Start(ref writer, Kind.Accepted, m.Ballot);
                writer.Number(m.Slot);
                writer.Number(m.ChosenThrough);
                return true;
            case Heartbeat m:
                Start(ref writer, Kind.Heartbeat, m.Ballot);
                writer.Number(m.Round);
                writer.Number(m.ChosenThrough);
                return true;
            case HeartbeatAck m:
                Start(ref writer, Kind.HeartbeatAck, m.Ballot);
                writer.Number(m.Round);
                writer.Number(m.ChosenThrough);
                return true;
            case Chosen m:
                Start(ref writer, Kind.Chosen, m.Ballot);
                writer.Number(m.Through);
                return true;
            case Quiet m:
                Start(ref writer, Kind.Quiet, m.Ballot);
                writer.Number(m.ChosenThrough);
                return true;
            default:
                return false;
        }
    }

    private static bool WriteLearning(ref WireWriter writer, Message message)
    {
        switch (message)
        {
            case LearnRequest m:
                Start(ref writer, Kind.LearnRequest, m.FromSlot);
                return true;
            case LearnReply m:
                Start(ref writer, Kind.LearnReply, m.ChosenThrough);
                WriteEntries(ref writer, m.Entries);
                return true;
            case SnapshotOffer m:
                Start(ref writer, Kind.SnapshotOffer, m.Slot);
                writer.Number(m.ChosenThrough);
                return true;
            case SnapshotRequest m:
                Start(ref writer, Kind.SnapshotRequest, m.Slot);
                writer.Number(m.Offset);
                return true;
            case SnapshotChunk m:
                Start(ref writer, Kind.SnapshotChunk, m.Slot);
                writer.Number(m.Length);
                writer.Number(m.Offset);
                writer.Bytes(m.Bytes.Span);
                return true;
            default:
                return false;
        }
    }

    private static void Start(ref WireWriter writer, Kind kind, Ballot ballot)
    {
        writer.Byte((byte)kind);
        writer.Ballot(ballot);
    }

    private static void Start(ref WireWriter writer, Kind kind, long number)
    {
        writer.Byte((byte)kind);
        writer.Number(number);
    }

    private static void WriteEntries(ref WireWriter writer, SlotEntry[] entries)
    {
        writer.Number(entries.Length);
        foreach (SlotEntry entry in entries)
        {
            writer.Number(entry.Slot);
            writer.Ballot(entry.Ballot);
            writer.Batch(entry.Batch);
        }
    }
}
