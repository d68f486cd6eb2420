using System.Buffers;
using BenchmarkDotNet.Attributes;
using Doozer.Paxos;
using Doozer.Tree;

namespace Doozer.Microbenchmarks;

/// <summary>What travels between nodes and to the disk: commands of 128 bytes, and batches of 64 of them.</summary>
public class CodecBenchmarks
{
    private const int BodyBytes = 128;
    private const int CommandsInBatch = 64;

    private readonly ArrayBufferWriter<byte> _writer = new();
    private readonly List<Message> _messages = [];
    private readonly List<JournalRecord> _records = [];
    private readonly Command _command =
        Command.Set("/services/web/n17", new byte[BodyBytes], Command.Clobber, new Guid(1, 2, 3, new byte[8]));
    private byte[] _encodedCommand = [];
    private Message[] _accept = [];
    private byte[] _envelope = [];
    private JournalRecord[] _vote = [];
    private byte[] _journal = [];

    [GlobalSetup]
    public void SetUp()
    {
        _command.Encode(_writer);
        _encodedCommand = _writer.WrittenSpan.ToArray();
        var commands = new ArrayBufferWriter<byte>();
        for (int i = 0; i < CommandsInBatch; i++)
            Batch.Append(commands, _encodedCommand);
        var batch = new Batch(commands.WrittenMemory, CommandsInBatch);
        var ballot = new Ballot(7, "n1");
        _accept = [new Accept(ballot, 1_000_000, batch, 999_999) { From = "n1" }];
        _envelope = MessageCodec.Encode(_accept);
        _vote = [new JournalRecord.Vote(1_000_000, ballot, batch)];
        _journal = JournalCodec.Encode(_vote);
    }

    [Benchmark]
    public int EncodeCommand()
    {
        _writer.ResetWrittenCount();
        _command.Encode(_writer);
        return _writer.WrittenCount;
    }

    [Benchmark]
    public long DecodeCommand() => Command.Decode(_encodedCommand).Revision;

    [Benchmark]
    public byte[] EncodeAcceptOf64() => MessageCodec.Encode(_accept);

    [Benchmark]
    public int DecodeAcceptOf64()
    {
        _messages.Clear();
        MessageCodec.Decode(_envelope, _messages);
        return _messages.Count;
    }

    [Benchmark]
    public byte[] EncodeVoteOf64() => JournalCodec.Encode(_vote);

    [Benchmark]
    public int DecodeVoteOf64()
    {
        _records.Clear();
        JournalCodec.Decode(_journal, _records);
        return _records.Count;
    }
}
