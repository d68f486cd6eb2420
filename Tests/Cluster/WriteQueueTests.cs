using System.Diagnostics;
using System.Threading.Channels;
using Doozer.Grains;
using Doozer.Namespaces;
using Doozer.Node;
using Doozer.Replicas;
using Doozer.Tests.Telemetry;
using Doozer.Tree;
using Microsoft.Extensions.Logging.Abstractions;

namespace Doozer.Tests.Cluster;

/// <summary>Which writes go to the leader together: the leader is the test.</summary>
public sealed class WriteQueueTests : IAsyncLifetime
{
    private readonly ConcurrentExclusiveSchedulerPair _turns = new();
    private readonly Leader _leader = new();
    private OpenStorage _opened = null!;
    private ReplicaDriver _replica = null!;
    private WriteQueue _queue = null!;

    public async ValueTask InitializeAsync()
    {
        _opened = await OpenStorage.Of("n1");
        _opened.Options.RequestTimeout = TimeSpan.FromMinutes(1);
        _replica = _opened.NewReplica();
        await Turn(() => _replica.Attach((_, _) => { }, CancellationToken.None));
        Leadership seen = _replica.Leadership.Value;
        if (seen.Leader is null)
            await _replica.Leadership.Next(seen);
        var route = new LeaderRoute(_replica, _ => _leader, _opened.Options, TimeProvider.System, NullLogger.Instance);
        _queue = new WriteQueue(route, _opened.Options);
    }

    public ValueTask DisposeAsync() => _opened.DisposeAsync();

    [Fact]
    public async Task Writes_that_come_together_go_together()
    {
        Task<Doozer.CommandResult>[] writes = await Add(5);
        (await _leader.Next()).Answer();
        await Task.WhenAll(writes);
        _leader.Counts.ShouldBe([5]);
    }

    [Fact]
    public async Task Writes_gather_while_others_are_under_way()
    {
        Task<Doozer.CommandResult>[] first = await Add(1);
        Leader.Call call = await _leader.Next();
        Task<Doozer.CommandResult>[] next = [.. await Add(1), .. await Add(1)];
        call.Answer();
        await Task.WhenAll(first);
        (await _leader.Next()).Answer();
        await Task.WhenAll(next);
        _leader.Counts.ShouldBe([1, 2]);
    }

    [Fact]
    public async Task Writes_end_when_the_node_stops_also_without_an_answer()
    {
        Task<Doozer.CommandResult>[] sent = await Add(1);
        await _leader.Next();
        Task<Doozer.CommandResult>[] gathered = await Add(1);
        _replica.BeginStop(TimeSpan.Zero);
        (await Should.ThrowAsync<OutcomeUnknownException>(sent[0])).Message.ShouldContain("before the node stopped");
        (await Should.ThrowAsync<NodeUnavailableException>(gathered[0])).Message.ShouldContain("it stops");
        Task<Doozer.CommandResult>[] late = await Add(1);
        await Should.ThrowAsync<NodeUnavailableException>(late[0]);
        _leader.Counts.ShouldBe([1]);
    }

    [Fact]
    public async Task A_call_is_of_the_first_trace_in_it_and_linked_with_the_others()
    {
        using var trace = new RecordedTrace();
        using Activity first = trace.Begin();
        using Activity second = trace.Begin();
        Activity.Current = null;
        Task<Doozer.CommandResult>[] writes = await Add(3, [first, null, second]);
        (await _leader.Next()).Answer();
        await Task.WhenAll(writes);
        Activity call = (await trace.Ended("doozer.submit", 1)).ShouldHaveSingleItem();
        call.ParentSpanId.ShouldBe(first.SpanId);
        call.Links.ShouldHaveSingleItem().Context.SpanId.ShouldBe(second.SpanId);
        second.Links.ShouldHaveSingleItem().Context.SpanId.ShouldBe(call.SpanId);

        // The loop that a traced write has begun goes on for others.
        writes = await Add(20, [first]);
        Leader.Call many = await _leader.Next();
        Task<Doozer.CommandResult>[] untraced = await Add(1);
        many.Answer();
        (await _leader.Next()).Answer();
        await Task.WhenAll([.. writes, .. untraced]);
        _leader.Parents[0].ShouldBe(call.Id);
        _leader.Parents[1].ShouldNotBeNull();
        _leader.Parents[2].ShouldBeNull();
    }

    private async Task<Task<Doozer.CommandResult>[]> Add(int count, params Activity?[] spans)
    {
        var writes = new Task<Doozer.CommandResult>[count];
        await Turn(() =>
        {
            for (int i = 0; i < count; i++)
            {
                Activity.Current = i < spans.Length ? spans[i] : null;
                writes[i] = _queue.Add(Command.Nop(Guid.NewGuid()));
            }

            return Task.CompletedTask;
        });

        // What the queue does at once is done after the turns that it has asked for by then.
        for (int i = 0; i < 3; i++)
            await Turn(() => Task.CompletedTask);
        return writes;
    }

    private Task Turn(Func<Task> turn) =>
        Task.Factory.StartNew(turn, CancellationToken.None, TaskCreationOptions.None, _turns.ExclusiveScheduler).Unwrap();

    private sealed class Leader : IReplicaGrain
    {
        private readonly Channel<Call> _calls = Channel.CreateUnbounded<Call>();

        /// <summary>How many commands each call had.</summary>
        public List<int> Counts { get; } = [];

        /// <summary>To which span each call was said to belong.</summary>
        public List<object?> Parents { get; } = [];

        public async Task<Call> Next() => await _calls.Reader.ReadAsync(TestContext.Current.CancellationToken);

        public Task<SubmitResult> Submit(byte[] commands, int count)
        {
            var call = new Call(count);
            Counts.Add(count);
            Parents.Add(RequestContext.Get("traceparent"));
            _calls.Writer.TryWrite(call);
            return call.Result;
        }

        public Task<ReconfigurationResult> Reconfigure(string[] acceptors, int electionQuorum, int writeQuorum, long? epoch) =>
            throw new NotSupportedException();

        public Task Deliver(byte[] envelope) => throw new NotSupportedException();

        public Task<ReadIndexResult> ReadIndex(byte[]? word) => throw new NotSupportedException();

        public Task<KeepAliveResult> KeepAlive(long[] sessions) => throw new NotSupportedException();

        public Task<TransferResult> TransferLeadership(string node) => throw new NotSupportedException();

        public Task<ReplicaStatus> Status() => throw new NotSupportedException();

        public sealed class Call(int count)
        {
            private readonly TaskCompletionSource<SubmitResult> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

            public Task<SubmitResult> Result => _result.Task;

            public void Answer() => _result.SetResult(new SubmitResult(
                SubmitStatus.Applied, "", [.. Enumerable.Repeat(new Doozer.CommandResult(CommandOutcome.Done, 1, 0), count)]));
        }
    }
}
