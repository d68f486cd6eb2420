using System.Runtime.CompilerServices;

namespace Doozer.Client.Recipes;

/// <summary>
/// Elects one of all candidates, in the order in which they stand. The leader's value, such as its address, is in one file, which
/// is all that others look at.
/// </summary>
/// <param name="store">The namespace.</param>
/// <param name="path">Its directory: below it <c>candidates</c>, and the file <c>leader</c>.</param>
public sealed class LeaderElection(IDoozerNamespace store, string path)
{
    private readonly WaitingLine _line = new(store, path + "/candidates");
    private readonly string _leader = path + "/leader";

    /// <summary>Stands for election, and waits until it leads. Giving up leaves nothing behind.</summary>
    /// <param name="session">Who stands; its leadership is lost with the session.</param>
    /// <param name="value">What the others are to know of the leader.</param>
    /// <param name="cancellationToken">Ends the candidacy, unless it leads already.</param>
    /// <returns>The leadership: dispose of it to resign.</returns>
    /// <exception cref="SessionExpiredException">The session is over.</exception>
    /// <exception cref="NotHeldException">Somebody deleted the file that stood for the candidacy.</exception>
    /// <exception cref="DoozerException">The store failed, as in any request.</exception>
    public async Task<Leadership> CampaignAsync(
        Session session, ReadOnlyMemory<byte> value, CancellationToken cancellationToken = default)
    {
        using var patience = new Patience(store, session, null, cancellationToken);
        Leadership? won = await patience.TryAsync(async () =>
        {
            var candidacy = new Candidacy(store, session, _line.NewPath("candidate"), _leader);
            await _line.TryEnterAsync(candidacy, static _ => true, patience);
            try
            {
                await candidacy.ProclaimAsync(value, patience.Token);
                session.ThrowIfLost();
                return new Leadership(candidacy);
            }
            catch
            {
                candidacy.Abandon();
                throw;
            }
        });
        return won!;
    }

    /// <summary>Who leads now; null when nobody does.</summary>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <exception cref="DoozerException">The store failed, as in any request.</exception>
    public async Task<Leader?> GetLeaderAsync(CancellationToken cancellationToken = default)
    {
        FileContent file = await store.GetAsync(_leader, cancellationToken: cancellationToken);
        return file.Exists ? new Leader(file.Body, file.Revision, file.Session) : null;
    }

    /// <summary>
    /// Who leads, now and whenever that or the leader's value changes; null while nobody does. Changes that follow quickly may
    /// come as one. Goes on through failures until it is cancelled.
    /// </summary>
    /// <param name="cancellationToken">Ends it.</param>
    public async IAsyncEnumerable<Leader?> ObserveAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (IReadOnlyDictionary<string, WalkedFile> files in
            new FollowedFiles(store, _leader).FollowAsync(cancellationToken))
        {
            yield return files.TryGetValue(_leader, out WalkedFile? file)
                ? new Leader(file.Body, file.Revision, file.Session)
                : null;
        }
    }
}

/// <summary>Who leads.</summary>
/// <param name="Value">The leader's value.</param>
/// <param name="Revision">The revision at which it was written.</param>
/// <param name="Session">Id of the leader's session.</param>
public sealed record Leader(byte[] Value, long Revision, long Session);
