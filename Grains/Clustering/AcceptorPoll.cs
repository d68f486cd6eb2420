using System.Threading.Channels;

namespace Doozer.Clustering;

/// <summary>Takes an acceptor's answer; true when that decides.</summary>
internal delegate bool RegisterAnswerHandler(string from, in RegisterAnswer answer);

/// <summary>Asks acceptors: this node's own first, and as many others as it takes, none of which is waited for.</summary>
internal sealed class AcceptorPoll(
    string self, LocalAcceptor acceptor, PeerCaller peers, QuorumClusteringOptions options, TimeProvider time)
{
    private volatile bool _ownDiskHangs;

    /// <summary>Whether this node's acceptor did not answer in time when it was asked last.</summary>
    public bool OwnDiskHangs => _ownDiskHangs;

    /// <summary>
    /// Asks this node's acceptor and at first only so many others that they may suffice; the rest when one fails or takes long.
    /// Returns true as soon as the answers decide; false when all have answered or failed and nothing is decided.
    /// </summary>
    /// <param name="request">The question.</param>
    /// <param name="whom">The acceptors; is asked again after each answer, for an answer may tell of others.</param>
    /// <param name="suffice">Whether the answers of these nodes could decide; is asked again as well.</param>
    /// <param name="decides">Takes the answers, one after the other.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<bool> Ask(
        RegisterRequest request,
        Func<IEnumerable<string>> whom,
        Func<IReadOnlySet<string>, bool> suffice,
        RegisterAnswerHandler decides,
        CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();

        // A node that is no acceptor promises its own ballots to itself, and so uses none of them twice; but it accepts nothing.
        if (request.Kind != RegisterRequestKind.Accept || whom().Contains(self))
        {
            switch (await AskSelf(request, cancellation))
            {
                case { } own when decides(self, own):
                    return true;
                case null when request.Kind == RegisterRequestKind.Prepare:
                    // Without this node's own durable promise the ballot might be used again after a restart.
                    return false;
            }
        }

        return await AskOthers(request, whom, suffice, decides, cancellation);
    }

    private async Task<bool> AskOthers(
        RegisterRequest request,
        Func<IEnumerable<string>> whom,
        Func<IReadOnlySet<string>, bool> suffice,
        RegisterAnswerHandler decides,
        CancellationToken cancellation)
    {
        var answers = Channel.CreateUnbounded<(string? Peer, RegisterAnswer? Answer)>();
        var asked = new HashSet<string>(StringComparer.Ordinal) { self };
        int open = 0;

        void Start(bool all, int least)
        {
            foreach (string peer in peers.InOrder(whom()).Where(peer => !asked.Contains(peer)))
            {
                if (!all && least <= 0 && suffice(asked))
                    return;
                asked.Add(peer);
                least--;
                open++;
                _ = Forward(peer, request, answers.Writer);
            }
        }

        Start(all: false, least: 0);
        using ITimer hedge = time.CreateTimer(
            _ => answers.Writer.TryWrite((null, null)), null, options.HedgeDelay, Timeout.InfiniteTimeSpan);
        for (bool all = false; open > 0;)
        {
            (string? peer, RegisterAnswer? answer) = await answers.Reader.ReadAsync(cancellation);
            if (peer is not null)
                open--;
            if (peer is not null && answer is { } given && decides(peer, given))
                return true;
            all |= peer is null || open == 0;
            Start(all, least: answer is null ? 1 : 0);
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
}
