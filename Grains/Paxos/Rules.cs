namespace Doozer.Paxos;

/// <summary>
/// The decisions that agreement rests on, each by its name. A replica takes them here and nowhere else, so that the simulator can
/// break them one by one and see that each break is noticed; everything but the simulator uses <see cref="Paxos"/>.
/// </summary>
internal class Rules
{
    /// <summary>The rules as they must be.</summary>
    public static Rules Paxos { get; } = new();

    /// <summary>
    /// Whether an acceptor may answer a ballot. An answer below its promise could choose a batch behind the back of a leader that
    /// was told nothing of it.
    /// </summary>
    public virtual bool MayAnswer(Ballot asked, Ballot promised) => asked >= promised;

    /// <summary>
    /// Whether a part of a promise is its last. Before that the acceptor has not told of all it has accepted, and what it has yet
    /// to tell of may be chosen.
    /// </summary>
    public virtual bool IsWholePromise(long through) => through == long.MaxValue;

    /// <summary>
    /// Whether a promise ends this replica's own leading. Its acceptor has given its word to a higher ballot, so no vote of its
    /// own may follow at the lower one.
    /// </summary>
    /// <param name="isNews">Whether the ballot is above all that was promised before.</param>
    public virtual bool StepsDownOnPromise(bool isNews) => isNews;

    /// <summary>
    /// Whether a chosen batch that a peer tells of ends this replica's own leading: somebody leads, or led, at a higher ballot,
    /// and what is in flight here may not be what was chosen there.
    /// </summary>
    public virtual bool StepsDownOnLearning(Ballot learned, Ballot promised) => learned > promised;

    /// <summary>
    /// Whether a promised batch takes the place of another for its slot. Only the highest ballot's batch can have been chosen, or
    /// can still be: proposing any other would undo it.
    /// </summary>
    public virtual bool Replaces(Ballot told, Ballot known) => told > known;

    /// <summary>What a new leader must propose for a slot: what the promises told, and nothing where they told nothing.</summary>
    public virtual Batch Recovered(Batch? told) => told ?? Batch.Empty;

    /// <summary>
    /// How far a new leader proposes again before it proposes anything new. All through the highest slot that was told of may be
    /// chosen, holes too, and what follows a hole can only be applied once it is filled.
    /// </summary>
    public virtual long RecoverThrough(long highestTold, long chosenThrough) => Math.Max(highestTold, chosenThrough);

    /// <summary>
    /// Whether a candidate knows enough to lead. Promises tell nothing of the slots that their acceptor knows to be chosen, so
    /// those must be learned first: to the candidate they would look like holes.
    /// </summary>
    public virtual bool MayLead(long highestPrefix, long chosenThrough) => highestPrefix <= chosenThrough;

    /// <summary>Whether a vote is for what this leader proposed. A vote at another ballot may be for another batch.</summary>
    public virtual bool IsVoteFor(Ballot voted, Ballot proposed) => voted == proposed;

    /// <summary>Counts a vote; one that comes twice counts once.</summary>
    public virtual AcceptorSet Count(AcceptorSet votes, int acceptor) => votes.With(acceptor);

    /// <summary>Whether the votes choose the batch. With fewer, a later phase-1 quorum need not meet any of them.</summary>
    public virtual bool IsChosen(Electorate electorate, AcceptorSet votes) => electorate.IsPhase2Quorum(votes);

    /// <summary>
    /// Whether a replica's own batch is the one that the leader of a ballot says is chosen: only where it was accepted at that
    /// very ballot, for one accepted earlier may have lost to another since.
    /// </summary>
    public virtual bool IsChosenBatch(Ballot accepted, Ballot leader) => accepted == leader;

    /// <summary>
    /// Whether an answer confirms reads. One to an earlier round was given, perhaps, before these reads came, and somebody else
    /// may have led since.
    /// </summary>
    public virtual bool ConfirmsReads(long answered, long round) => answered == round;

    /// <summary>
    /// Whether the word that an acceptor gave with a read confirms another read, too. It may have been on its way for long, and
    /// somebody else may have led before the other read came.
    /// </summary>
    public virtual bool WordConfirms(long read, long givenWith) => read == givenWith;

    /// <summary>
    /// Whether the answers confirm that nobody else leads: every phase-1 quorum meets a phase-2 quorum of them. While a change of
    /// the quorums is under way somebody may lead by the promises of either system, so it takes both.
    /// </summary>
    public virtual bool HasConfirmed(Electorate current, Electorate? next, AcceptorSet answered) =>
        current.IsPhase2Quorum(answered) && (next is null || next.IsPhase2Quorum(answered));

    /// <summary>
    /// The slot from which quorums are in force that were chosen in a slot. A leader opens no slot that is alpha beyond its
    /// chosen prefix; so when it opens one, it knows whose votes decide it. Sooner, it might count others' than the next
    /// leader.
    /// </summary>
    public virtual long InForceFrom(long chosenIn, int alpha) => chosenIn + alpha;

    /// <summary>
    /// Whether a node's word counts in a configuration: only an acceptor's. Quorums that count anybody else's need not meet.
    /// </summary>
    public virtual bool HasVote(string node, Configuration configuration) => configuration.Quorums.IndexOf(node) >= 0;

    /// <summary>
    /// Whose votes decide a slot. Every replica must count the same for it, the next leader too, whose promises meet only those.
    /// </summary>
    public virtual Electorate Decides(long slot, Electorate current, Electorate? next) =>
        next is not null && slot >= next.Configuration.FromSlot ? next : current;

    /// <summary>
    /// Whether a snapshot tells the quorums that are in force after it. The slots in which they were chosen are gone with the log
    /// that it stands for, and who counted those of the beginning again would choose with the votes of others.
    /// </summary>
    public virtual bool TakesQuorumsFromSnapshot => true;

    /// <summary>
    /// Whether votes beyond a peer's snapshot stay when it is installed. The snapshot says nothing of those slots, and a vote
    /// that was given may be what made a batch chosen.
    /// </summary>
    public virtual bool KeepsVotesBeyondSnapshot => true;

    /// <summary>
    /// Whether a record must be written again before the log that holds it is dropped. Whatever an acceptor has said must not go
    /// with the log.
    /// </summary>
    public virtual bool MustRewrite(JournalRecord record) => true;

    /// <summary>
    /// Whether a leader may serve reads. What it recovers may have been acknowledged, so all of it comes first.
    /// </summary>
    public virtual bool MayRead(long chosenThrough, long recoveredThrough) => chosenThrough >= recoveredThrough;
}
