using System.Threading.Channels;
using Doozer.Grains;
using Doozer.Paxos;

namespace Doozer.Clustering;

/// <summary>What a change makes of the register's value.</summary>
/// <param name="Result">The change's own result.</param>
/// <param name="Next">The new value; null to leave it as it is. An array, since null beside memory turns into empty
/// memory.</param>
internal readonly record struct RegisterChange<TResult>(TResult Result, byte[]? Next);

/// <summary>
/// One value that the peers hold together: any majority of them can read and change it, and all see the changes in one order.
/// </summary>
internal sealed class QuorumRegister(
    string self,
    QuorumSystem quorums,
    LocalAcceptor acceptor,
    PeerCaller peers,
    NodeFailure failure,
    QuorumClusteringOptions options,
    TimeProvider time,
    Random random)
{
    private static readonly TimeSpan MinBackoff = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan MaxBackoff = TimeSpan.FromMilliseconds(500);

    // One at a time, or this node's proposals would outbid each other. The one that has put something in has the turn.
    private readonly Channel<bool> _turn = Channel.CreateBounded<bool>(1);
    private readonly Lock _randomGate = new();
    private Ballot _highest = Ballot.Zero;
    private volatile bool _ownDiskHangs;

    /// <summary>How long a read or change may take with all its attempts.</summary>
    public TimeSpan TimeLimit { get; set; } = options.OperationTimeout;

    /// <summary>What the quorum is, who does not take part, and why.</summary>
    public string DescribeQuorum() => string.Join("; ", new[]
    {
        $"it needs {quorums}",
        _ownDiskHangs ? $"the disk of {self} does not answer" : "",
        peers.Missing(),
    }.Where(part => part.Length > 0));

    /// <summary>
    /// Whether so many peers that they can be a quorum with this node answer it, and so have the same settings. Nothing is
    /// written for that, neither here nor there.
    /// </summary>
    public Task<bool> IsGreeted(CancellationToken cancellation)
    {
        ClusteringException.ThrowIfStopped(failure);
        AcceptorSet there = AcceptorSet.None;
        return Ask(
            RegisterRequest.Hello,
            quorums.Count,
            (string from, in RegisterAnswer _) =>
            {
                there = there.With(quorums.IndexOf(from));
                return quorums.IsPhase1Quorum(there);
            },
            cancellation);
    }

    /// <summary>
    /// The value, which is at least as new as any whose change was complete when this was called. Empty at first.
    /// </summary>
    /// <exception cref="ClusteringException">No quorum answers in time.</exception>
    public async Task<ReadOnlyMemory<byte>> Read(CancellationToken cancellation)
    {
        ClusteringException.ThrowIfStopped(failure);
        var read = new RegisterRead(quorums);
        if (await Ask(RegisterRequest.Read, quorums.Phase2, read.OnAnswer, cancellation))
            return read.Value;

        // A change was cut off or is under way: the value has to be made sure of first.
        ReadOnlyMemory<byte> result = default;
        await Change(
            value =>
            {
                result = value;
                return new RegisterChange<bool>(true, null);
            },
            cancellation);
        return result;
    }

    /// <summary>
    /// Changes the value. The change may be computed several times, and must know its own effect again: an attempt that got no
    /// answer may have succeeded.
    /// </summary>
    /// <exception cref="ClusteringException">No quorum answers in time. The message says whether the change may yet come to
    /// pass.</exception>
    public async Task<TResult> Change<TResult>(
        Func<ReadOnlyMemory<byte>, RegisterChange<TResult>> change, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(TimeLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        var attempt = new ChangeAttempt<TResult>(change);
        try
        {
            await _turn.Writer.WriteAsync(true, either.Token);
            try
            {
                for (int count = 0; !await Succeeds(attempt, either.Token); count++)
                    await Task.Delay(Backoff(count), time, either.Token);
                return attempt.Result;
            }
            finally
            {
                _turn.Reader.TryRead(out _);
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            ClusteringException.ThrowIfStopped(failure);
            throw NoQuorum(attempt.HasProposed);
        }
    }

    /// <summary>Tries a change at a new ballot, higher than all met so far.</summary>
    private async Task<bool> Succeeds<TResult>(ChangeAttempt<TResult> attempt, CancellationToken cancellation)
    {
        ClusteringException.ThrowIfStopped(failure);
        var proposal = new RegisterProposal(quorums, NextBallot());
        if (await Prepare(proposal, cancellation))
        {
            byte[]? next = attempt.Compute(proposal.Value);
            if (next is null && proposal.IsValueChosen)
                return true;
            RegisterRequest accept = proposal.Propose(next is null ? proposal.Value : next);
            await Ask(accept, quorums.Count, proposal.OnAccepted, cancellation);
            if (proposal.Phase == ProposalPhase.Chosen)
                return true;
        }

        if (proposal.Highest > _highest)
            _highest = proposal.Highest;
        return false;
    }

    private async Task<bool> Prepare(RegisterProposal proposal, CancellationToken cancellation)
    {
        await Ask(RegisterRequest.Prepare(proposal.Ballot), quorums.Phase1, proposal.OnPromise, cancellation);
        return proposal.Phase == ProposalPhase.Prepared;
    }

    // Above this node's own promise, which is durable: so no ballot is ever used twice, also not after a restart.
    private Ballot NextBallot()
    {
        long round = Math.Max(acceptor.State.Promised.Round, _highest.Round) + 1;
        return new Ballot(round, self);
    }

    private TimeSpan Backoff(int attempt)
    {
        double most = Math.Min(MinBackoff.TotalMilliseconds * Math.Pow(2, Math.Min(attempt, 10)), MaxBackoff.TotalMilliseconds);
        lock (_randomGate)
            return TimeSpan.FromMilliseconds(most * (0.5 + random.NextDouble()));
    }

    /// <summary>
    /// Asks this node's acceptor and at first so many others that together they are as many as wanted; the rest when one fails or
    /// takes long. Returns true as soon as the answers decide; false when all have answered or failed and nothing is decided.
    /// </summary>
    private async Task<bool> Ask(
        RegisterRequest request, int wanted, RegisterAnswerHandler decides, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        switch (await AskSelf(request, cancellation))
        {
            case { } own when decides(self, own):
                return true;
            case null when request.Kind == RegisterRequestKind.Prepare:
                // Without this node's own durable promise the ballot might be used again after a restart.
                return false;
        }

        return await AskOthers(request, wanted - 1, decides, cancellation);
    }

    private async Task<bool> AskOthers(
        RegisterRequest request, int first, RegisterAnswerHandler decides, CancellationToken cancellation)
    {
        string[] order = peers.InOrder();
        var answers = Channel.CreateBounded<(string? Peer, RegisterAnswer? Answer)>(order.Length + 1);
        int started = 0;
        int open = 0;

        void Start(int count)
        {
            for (; count > 0 && started < order.Length; count--, started++, open++)
                _ = Forward(order[started], request, answers.Writer);
        }

        Start(first);
        using ITimer hedge = time.CreateTimer(
            _ => answers.Writer.TryWrite((null, null)), null, options.HedgeDelay, Timeout.InfiniteTimeSpan);
        while (open > 0)
        {
            (string? peer, RegisterAnswer? answer) = await answers.Reader.ReadAsync(cancellation);
            if (peer is null)
            {
                Start(order.Length);
                continue;
            }

            open--;
            if (answer is { } given && decides(peer, given))
                return true;
            if (answer is null)
                Start(1);
            if (open == 0)
                Start(order.Length);
        }

        return false;
    }

    // A disk that hangs is as a peer that does not answer: it must hold up neither a stop nor a read that the others can answer.
    private async Task<RegisterAnswer?> AskSelf(RegisterRequest request, CancellationToken cancellation)
    {
        try
        {
            RegisterAnswer answer = await Task.Run(() => acceptor.Handle(request), CancellationToken.None)
                .WaitAsync(options.PeerTimeout, time, cancellation);
            _ownDiskHangs = false;
            return answer;
        }
        catch (TimeoutException)
        {
            _ownDiskHangs = true;
            return null;
        }
    }

    // Not awaited by the one who asks: a late peer must not delay a quorum. It ends by its own timeout.
    private async Task Forward(
        string peer, RegisterRequest request, ChannelWriter<(string? Peer, RegisterAnswer? Answer)> answers)
    {
        RegisterAnswer? answer = null;
        try
        {
            answer = await peers.Ask(peer, request);
        }
        finally
        {
            answers.TryWrite((peer, answer));
        }
    }

    private ClusteringException NoQuorum(bool proposed) => new(
        $"The membership table has no quorum after {TimeLimit.TotalSeconds:0.#} s: {DescribeQuorum()}; "
        + (proposed ? "the change may or may not come to pass." : "nothing was changed."));

    private delegate bool RegisterAnswerHandler(string from, in RegisterAnswer answer);

    /// <summary>A change under way, and whether a proposal of it may have reached an acceptor.</summary>
    private sealed class ChangeAttempt<TResult>(Func<ReadOnlyMemory<byte>, RegisterChange<TResult>> change)
    {
        public TResult Result { get; private set; } = default!;

        public bool HasProposed { get; private set; }

        public byte[]? Compute(ReadOnlyMemory<byte> value)
        {
            (Result, byte[]? next) = change(value);
            HasProposed |= next is not null;
            return next;
        }
    }
}
