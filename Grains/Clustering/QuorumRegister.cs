using System.Threading.Channels;
using Doozer.Grains;
using Doozer.Paxos;

namespace Doozer.Clustering;

/// <summary>
/// One value that its members hold together: any majority of them can read and change it, and all see the changes in one order.
/// Who they are can be changed as well. This node may be one of them or not; its own acceptor keeps its ballots unique.
/// </summary>
internal sealed class QuorumRegister(
    string self,
    QuorumSystem first,
    LocalAcceptor acceptor,
    PeerCaller peers,
    NodeFailure failure,
    QuorumClusteringOptions options,
    TimeProvider time,
    Random random)
{
    private static readonly TimeSpan MinBackoff = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan MaxBackoff = TimeSpan.FromMilliseconds(500);

    private readonly RegisterMembers _first = RegisterMembers.Of(first);
    private readonly AcceptorPoll _poll = new(self, acceptor, peers, options, time);

    // One at a time, or this node's proposals would outbid each other. The one that has put something in has the turn.
    private readonly Channel<bool> _turn = Channel.CreateBounded<bool>(1);
    private readonly Lock _gate = new();
    private (Ballot Ballot, RegisterMembers Members) _known = (Ballot.Zero, RegisterMembers.Of(first));
    private Ballot _highest = Ballot.Zero;
    private Ballot _chosen = Ballot.Zero;

    /// <summary>How long a read or change may take with all its attempts.</summary>
    public TimeSpan TimeLimit { get; set; } = options.OperationTimeout;

    /// <summary>
    /// The newest members that this node has met, in its own acceptor too. They may have changed since, and a joint value need
    /// not be chosen yet.
    /// </summary>
    /// <exception cref="InvalidDataException">This node's own acceptor holds a value of a newer version.</exception>
    public RegisterMembers Members
    {
        get
        {
            RegisterState own = acceptor.State;
            lock (_gate)
            {
                if (own.Accepted > _known.Ballot)
                    _known = (own.Accepted, RegisterValue.Decode(own.Value, _first).Members);
                return _known.Members;
            }
        }
    }

    /// <summary>What the quorum is, who does not take part, and why.</summary>
    public string DescribeQuorum() => string.Join("; ", new[]
    {
        $"it needs {Members}",
        _poll.OwnDiskHangs ? $"the disk of {self} does not answer" : "",
        peers.Missing(Members.Acceptors),
    }.Where(part => part.Length > 0));

    /// <summary>
    /// Whether so many members that they can be a quorum answer this node, and so have the same settings. Nothing is promised for
    /// that, neither here nor there.
    /// </summary>
    public async Task<bool> IsGreeted(CancellationToken cancellation)
    {
        ClusteringException.ThrowIfStopped(failure);
        if (await AreThere(RegisterRequest.Hello, Members, cancellation))
            return true;
        await AskStrangers(new RegisterRead(_first), cancellation);
        return false;
    }

    /// <summary>
    /// The value, which is at least as new as any whose change was complete when this was called. Empty at first.
    /// </summary>
    /// <exception cref="ClusteringException">No quorum answers in time.</exception>
    public async Task<ReadOnlyMemory<byte>> Read(CancellationToken cancellation)
    {
        ClusteringException.ThrowIfStopped(failure);
        var read = new RegisterRead(_first);
        if (await Ask(read, Members.Acceptors, cancellation) || await AskStrangers(read, cancellation))
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
        TResult result = default!;
        bool hasProposed = false;
        RegisterValue? Next(RegisterValue found, bool isChosen)
        {
            (result, byte[]? next) = change(found.Payload);
            hasProposed |= next is not null;
            return next is null ? null : found with { Payload = next };
        }

        await Repeat(
            async limit => await Attempt(Next, limit) is not null,
            () => NoQuorum(DescribeQuorum(), hasProposed),
            cancellation);
        return result;
    }

    /// <summary>
    /// Changes whose acceptors hold the register, by quorums of the present ones and of the next; does nothing when these are
    /// in force. A change that another node has left half done is finished first. What was proposed stays: a change that
    /// fails may be finished later, by anybody who calls this with any list.
    /// </summary>
    /// <param name="next">The acceptors that are wanted.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="ClusteringException">No quorum of the present members or of the next ones answers in time; or a change of
    /// somebody else is under way and cannot be finished.</exception>
    public Task ChangeMembers(QuorumSystem next, CancellationToken cancellation)
    {
        bool hasProposed = false;
        bool areThere = false;
        RegisterValue? Next(RegisterValue found, bool isChosen)
        {
            // As soon as a first acceptor has the joint value, nothing goes on without the next acceptors.
            if (found.Members.Next is null && !areThere)
                return null;
            RegisterMembers members = found.Members.Toward(next, isChosen, RegisterRules.Paxos);
            if (members == found.Members)
                return null;
            hasProposed = true;
            return found with { Members = members };
        }

        async Task<bool> Succeeds(CancellationToken limit)
        {
            areThere = await AreThere(RegisterRequest.Read, RegisterMembers.Of(next), limit);
            while (await Attempt(Next, limit) is { } chosen)
            {
                if (chosen.Members.Are(next))
                    return true;
                if (chosen.Members.Next is null && !areThere)
                    return false;
            }

            return false;
        }

        return Repeat(Succeeds, () => CannotChange(next, hasProposed), cancellation);
    }

    private async Task Repeat(
        Func<CancellationToken, Task<bool>> succeeds, Func<ClusteringException> failed, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(TimeLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            await _turn.Writer.WriteAsync(true, either.Token);
            try
            {
                for (int count = 0; !await succeeds(either.Token); count++)
                    await Task.Delay(Backoff(count), time, either.Token);
            }
            finally
            {
                _turn.Reader.TryRead(out _);
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            ClusteringException.ThrowIfStopped(failure);
            throw failed();
        }
    }

    /// <summary>
    /// Tries a change at a new ballot, higher than all met so far. What to propose in place of the value that was found is
    /// computed from that and whether it is known to be chosen; null leaves it.
    /// </summary>
    /// <returns>The value that is chosen now; null when the attempt failed.</returns>
    private async Task<RegisterValue?> Attempt(Func<RegisterValue, bool, RegisterValue?> next, CancellationToken cancellation)
    {
        ClusteringException.ThrowIfStopped(failure);
        var proposal = new RegisterProposal(_first, NextBallot());
        if (await Prepare(proposal, cancellation))
        {
            bool isChosen = proposal.IsValueChosen || proposal.Accepted == _chosen;
            RegisterValue? changed = next(proposal.Value, isChosen);
            if (changed is null && isChosen)
                return proposal.Value;
            RegisterValue value = changed ?? proposal.Value;
            RegisterRequest accept = proposal.Propose(value);
            await _poll.Ask(accept, () => proposal.Members.Acceptors, static _ => false, proposal.OnAccepted, cancellation);
            if (proposal.Phase == ProposalPhase.Chosen)
            {
                _chosen = proposal.Ballot;
                Learn(_chosen, value.Members);
                return value;
            }
        }

        if (proposal.Highest > _highest)
            _highest = proposal.Highest;
        return null;
    }

    private async Task<bool> Prepare(RegisterProposal proposal, CancellationToken cancellation)
    {
        RegisterMembers known = Members;
        await _poll.Ask(
            RegisterRequest.Prepare(proposal.Ballot),
            () => proposal.Accepted == Ballot.Zero ? known.Acceptors : known.Acceptors.Union(proposal.Members.Acceptors),
            asked => known.IsPhase1Quorum(asked) && (proposal.Accepted == Ballot.Zero || proposal.Members.IsPhase1Quorum(asked)),
            proposal.OnPromise,
            cancellation);
        Learn(proposal.Accepted, proposal.Members);
        return proposal.Phase == ProposalPhase.Prepared;
    }

    private async Task<bool> Ask(RegisterRead read, IEnumerable<string> nodes, CancellationToken cancellation)
    {
        RegisterMembers known = Members;
        bool decided = await _poll.Ask(
            RegisterRequest.Read,
            () => read.Accepted == Ballot.Zero ? nodes : nodes.Union(read.Members.Acceptors),
            asked => known.IsReadQuorum(asked) && (read.Accepted == Ballot.Zero || read.Members.IsReadQuorum(asked)),
            read.OnAnswer,
            cancellation);
        Learn(read.Accepted, read.Members);
        return decided;
    }

    // All members that this node knows may be gone by now. It does not matter who tells of those that came after them.
    private Task<bool> AskStrangers(RegisterRead read, CancellationToken cancellation) =>
        Ask(read, peers.Addressed.Except(Members.Acceptors), cancellation);

    private Task<bool> AreThere(RegisterRequest request, RegisterMembers members, CancellationToken cancellation)
    {
        var there = new HashSet<string>(StringComparer.Ordinal);
        return _poll.Ask(
            request,
            () => members.Acceptors,
            static _ => false,
            (string from, in RegisterAnswer _) => there.Add(from) && members.IsReadQuorum(there),
            cancellation);
    }

    // Only says whom to ask at first: whose answers count is told by the values in them.
    private void Learn(Ballot ballot, RegisterMembers members)
    {
        lock (_gate)
        {
            if (ballot > _known.Ballot)
                _known = (ballot, members);
        }
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
        lock (_gate)
            return TimeSpan.FromMilliseconds(most * (0.5 + random.NextDouble()));
    }

    private ClusteringException NoQuorum(string who, bool proposed) => new(
        $"The membership table has no quorum after {TimeLimit.TotalSeconds:0.#} s: {who}; "
        + (proposed ? "the change may or may not come to pass." : "nothing was changed."));

    private ClusteringException CannotChange(QuorumSystem next, bool proposed) => Members.Next switch
    {
        null => NoQuorum($"{DescribeQuorum()}; and then {next}; {peers.Missing(next.Acceptors)}", proposed),
        { } under when under.IsSameAs(next) => NoQuorum(DescribeQuorum(), proposed),
        { } other => new ClusteringException(
            $"The acceptors of the membership table cannot become {next}: a change to {other} is under way and was not " +
            $"finished within {TimeLimit.TotalSeconds:0.#} s: {DescribeQuorum()}."),
    };
}
