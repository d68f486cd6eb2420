using System.Buffers;
using System.Diagnostics;
using Doozer.Grains;
using Doozer.Paxos;
using Doozer.Tree;

namespace Doozer.Namespaces;

/// <summary>
/// Gathers writes while earlier ones are on their way, and sends what has gathered to the leader as one call. A write that is
/// sent again after a failure keeps its request id, so it is applied once.
/// </summary>
internal sealed class WriteQueue(LeaderRoute route, DoozerOptions options)
{
    // A call, and the batch it becomes, must fit into one record of the log.
    private readonly int _maxCallBytes = options.Protocol.MaxBatchBytes / 4 * 3;

    private const int MaxCallCommands = 2_000;

    private readonly Queue<Gathering> _gathered = new();
    private Gathering? _filling;
    private bool _isSending;
    private readonly ArrayBufferWriter<byte> _encoded = new(256);
    private int _waiting;
    private long _waitingBytes;

    /// <summary>Completes when the command is applied at the leader.</summary>
    /// <exception cref="DoozerException">It was not, or that is not known.</exception>
    public Task<CommandResult> Add(in Command command)
    {
        if (_waiting >= options.MaxWaitingRequests)
            throw new OverloadedException("waiting writes", options.MaxWaitingRequests);
        if (_waitingBytes >= options.MaxWaitingBytes)
            throw new OverloadedException("bytes of waiting writes", options.MaxWaitingBytes);
        _encoded.ResetWrittenCount();
        command.Encode(_encoded);
        _waiting++;
        _waitingBytes += _encoded.WrittenCount;
        if (_filling is null || _filling.Count >= MaxCallCommands || _filling.Bytes + _encoded.WrittenCount > _maxCallBytes)
        {
            _filling = new Gathering(route.DeadlineFromNow());
            _gathered.Enqueue(_filling);
        }

        Task<CommandResult> result = _filling.Add(command.RequestId, _encoded.WrittenSpan);
        if (!_isSending)
            _ = SendGathered();
        return result;
    }

    // One call at a time: more would be smaller ones, and the work per call, not the wait for it, is the limit.
    private async Task SendGathered()
    {
        _isSending = true;
        Tracing.Forget();

        // Lets the requests that have already arrived at the grain join the call.
        await Task.Yield();
        while (_gathered.TryDequeue(out Gathering? gathering))
        {
            if (ReferenceEquals(gathering, _filling))
                _filling = null;
            await Send(gathering);
            _waiting -= gathering.Count;
            _waitingBytes -= gathering.Bytes;
        }

        _isSending = false;
    }

    private async Task Send(Gathering gathering)
    {
        try
        {
            using Activity? call = gathering.BeginCall();
            byte[] commands = gathering.Commands;
            int count = gathering.Count;
            int submitted = 0;
            (RequestFate fate, SubmitResult? answer) = await route.Ask(
                replica =>
                {
                    submitted++;
                    Tracing.Propagate();
                    return replica.Submit(commands, count);
                },
                FateOf,
                gathering.Deadline);
            if (fate == RequestFate.Answered)
                gathering.Complete(answer!.Results, isFirstAnswer: submitted == 1);
            else
                gathering.Fail(id => ErrorFor(fate, id));
        }
        catch (Exception exception)
        {
            gathering.Fail(_ => exception);
        }
    }

    private static RequestFate FateOf(SubmitResult result) => result.Status switch
    {
        SubmitStatus.Applied => RequestFate.Answered,
        SubmitStatus.NotLeader => RequestFate.NotTaken,
        SubmitStatus.Busy => RequestFate.Busy,
        _ => RequestFate.Unknown,
    };

    private DoozerException ErrorFor(RequestFate fate, Guid requestId) => fate switch
    {
        RequestFate.NotTaken => route.NotTaken(),
        RequestFate.Busy => new OverloadedException("writes waiting at the leader", options.MaxWaitingRequests),
        _ => OutcomeUnknown(requestId, route.NoQuorum()),
    };

    private OutcomeUnknownException OutcomeUnknown(Guid requestId, NoQuorumException noQuorum) => new(
        requestId,
        $"no answer {route.Limit}; the quorum is {noQuorum.Quorum}; not answering: "
        + (noQuorum.Missing.Length == 0 ? "none known" : string.Join(", ", noQuorum.Missing)));

    /// <summary>Writes that go to the leader in one call.</summary>
    private sealed class Gathering(long deadline)
    {
        private readonly ArrayBufferWriter<byte> _commands = new(512);
        private readonly List<(Guid Id, TaskCompletionSource<CommandResult> Completion)> _writes = [];
        private List<Activity>? _spans;

        public long Deadline => deadline;

        public int Count => _writes.Count;

        public int Bytes { get; private set; }

        public byte[] Commands => _commands.WrittenSpan.ToArray();

        public Task<CommandResult> Add(Guid requestId, ReadOnlySpan<byte> command)
        {
            Bytes += command.Length;
            Batch.Append(_commands, command);
            var completion = new TaskCompletionSource<CommandResult>(TaskCreationOptions.RunContinuationsAsynchronously);
            _writes.Add((requestId, completion));
            if (Tracing.Current is { } span && _spans?[^1] != span)
                (_spans ??= []).Add(span);
            return completion.Task;
        }

        /// <summary>
        /// The span of the call, which belongs to the first write that is traced. The others and it lead to each other by links.
        /// </summary>
        public Activity? BeginCall()
        {
            if (_spans is null)
                return null;
            return Tracing.Join("doozer.submit", _spans)?.SetTag(Tracing.Commands, Count);
        }

        /// <param name="results">What became of them.</param>
        /// <param name="isFirstAnswer">Whether they were submitted once only.</param>
        public void Complete(CommandResult[] results, bool isFirstAnswer)
        {
            for (int i = 0; i < results.Length; i++)
            {
                // What is refused as too old may have been done when it was submitted before, by this very queue.
                (Guid id, TaskCompletionSource<CommandResult> completion) = _writes[i];
                if (results[i].Outcome == CommandOutcome.RequestTooOld && !isFirstAnswer)
                    completion.SetException(new OutcomeUnknownException(id, "the store no longer remembers requests so old"));
                else
                    completion.SetResult(results[i]);
            }
        }

        public void Fail(Func<Guid, Exception> error)
        {
            foreach ((Guid id, TaskCompletionSource<CommandResult> completion) in _writes)
                completion.TrySetException(error(id));
        }
    }
}
