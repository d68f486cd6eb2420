using System.Buffers;
using Doozer.Paxos;
using Doozer.Replicas;
using Doozer.Tree;

namespace Doozer.Tests.Cluster;

/// <summary>How the replica is driven, and what its peers say.</summary>
public sealed partial class ReplicaDriverTests
{
    private static byte[] OneCommand()
    {
        var command = new ArrayBufferWriter<byte>();
        new Command(Guid.NewGuid(), CommandKind.Nop, "/", default, Revisions.Clobber).Encode(command);
        var batch = new ArrayBufferWriter<byte>();
        Batch.Append(batch, command.WrittenSpan);
        return batch.WrittenSpan.ToArray();
    }

    private static Task<T> Soon<T>(Task<T> task) =>
        task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, TestContext.Current.CancellationToken);

    private static Task Soon(Task task) =>
        task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, TestContext.Current.CancellationToken);

    private static List<Message> MessagesOf(PeerEnvelope envelope)
    {
        var messages = new List<Message>();
        MessageCodec.Decode(envelope.Body, messages);
        return messages;
    }

    private Task<ReadIndexResult> Asked(byte[] word)
    {
        var asked = new TaskCompletionSource<ReadIndexResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = Turn(async () => asked.SetResult(await _replica.ReadIndex(word)));
        return asked.Task;
    }

    /// <summary>n2 helps it to win an election.</summary>
    private async Task Lead()
    {
        await _opened.Storage.Meet("n2", Guid.Empty);
        await Ticks(40);
        PreVote preVote = await SentToN2<PreVote>();
        await Turn(
            () =>
                _replica.Deliver(FromPeer(Guid.Empty, new PreVoteReply(preVote.Attempt, true, Ballot.Zero, 0) { From = "n2" })));
        Prepare prepare = await SentToN2<Prepare>();
        await Turn(() => _replica.Deliver(
            FromPeer(Guid.Empty, new Promise(prepare.Ballot, prepare.FromSlot, long.MaxValue, 0, []) { From = "n2" })));
        await Until(() => _replica.Leadership.Value.Leader == "n1");
    }

    private async Task BreakByDisk()
    {
        await _opened.Storage.DisposeAsync();
        await Turn(() => _replica.Deliver(FromPeer(Guid.Empty, new Prepare(new Ballot(99, "n2"), 1) { From = "n2" })));
    }

    private Task BreakByRefusal() => Turn(() => _replica.Deliver((byte[])
    [
        .. PeerEnvelope.Header(EnvelopeKind.ForeignIncarnation, "n2", Guid.Empty, "2 of n1, n2, n3"),
        .. _opened.Storage.Incarnation.ToByteArray(),
    ]));

    private async Task<T> SentToN2<T>()
        where T : Message
    {
        T? newest = null;
        await Until(() => (newest = _sent
            .Where(s => s.To == "n2").SelectMany(s => MessagesOf(s.Envelope)).OfType<T>().LastOrDefault()) is not null);
        return newest!;
    }

    /// <summary>Waits for the disk, while no tick passes.</summary>
    private async Task Until(Func<bool> condition)
    {
        bool holds = false;
        while (!holds)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await Turn(() =>
            {
                holds = condition();
                return Task.CompletedTask;
            });
        }
    }

    private static byte[] FromPeer(Guid incarnation, params Message[] messages) =>
        [.. PeerEnvelope.Header(EnvelopeKind.Messages, "n2", incarnation, "2 of n1, n2, n3"), .. MessageCodec.Encode(messages)];

    private async Task Ticks(int count)
    {
        for (int i = 0; i < count; i++)
        {
            await Turn(() =>
            {
                _replica.Tick();
                return Task.CompletedTask;
            });
        }
    }

    private Task Turn(Func<Task> turn) =>
        Task.Factory.StartNew(turn, CancellationToken.None, TaskCreationOptions.None, _turns.ExclusiveScheduler).Unwrap();
}
