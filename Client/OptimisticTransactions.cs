using System.Security.Cryptography;

namespace Doozer.Client;

/// <summary>Transactions that are run again when somebody was faster.</summary>
public static class OptimisticTransactions
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(10);

    /// <summary>
    /// Runs a function that reads and writes files, and does its writes as one transaction if no file that it read has changed;
    /// otherwise runs it again. So it must have no effect but through its <see cref="Transaction"/>. One that writes nothing has
    /// read one state of the tree, and changes nothing.
    /// </summary>
    /// <typeparam name="T">What the function returns.</typeparam>
    /// <param name="store">The namespace.</param>
    /// <param name="transaction">The function.</param>
    /// <param name="attempts">How often it is run at most.</param>
    /// <param name="cancellationToken">Stops the waiting, not a transaction under way.</param>
    /// <returns>What the function returned in the attempt that was done.</returns>
    /// <exception cref="TransactionConflictException">Others were faster each time; nothing was done.</exception>
    /// <exception cref="TransactionFailedException">A write is not possible, whoever is faster; nothing was done.</exception>
    /// <exception cref="OutcomeUnknownException">As for <see cref="IDoozerNamespace.TransactAsync"/>.</exception>
    public static async Task<T> TransactAsync<T>(
        this IDoozerNamespace store,
        Func<Transaction, Task<T>> transaction,
        int attempts = 20,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(transaction);
        ArgumentOutOfRangeException.ThrowIfLessThan(attempts, 1);
        for (int attempt = 1; ; attempt++)
        {
            var current = new Transaction(store, cancellationToken);
            DoozerException conflict;
            try
            {
                T result = await transaction(current);
                if (current.HasWrites)
                    await store.TransactAsync(current.Changes, cancellationToken: cancellationToken);
                return result;
            }
            catch (TransactionFailedException failed) when (failed.Reason is RevisionMismatchException)
            {
                conflict = failed;
            }
            catch (TooLateException late) when (late.Revision == current.TreeRevision)
            {
                // It took so long that the revision it reads is no longer retained.
                conflict = late;
            }

            if (attempt == attempts)
                throw new TransactionConflictException(attempts, conflict);
            await Task.Delay(Pause(attempt), store.TimeProvider, cancellationToken);
        }
    }

    /// <summary>As the other, for a function without a result.</summary>
    /// <param name="store">The namespace.</param>
    /// <param name="transaction">The function.</param>
    /// <param name="attempts">How often it is run at most.</param>
    /// <param name="cancellationToken">Stops the waiting, not a transaction under way.</param>
    public static Task TransactAsync(
        this IDoozerNamespace store,
        Func<Transaction, Task> transaction,
        int attempts = 20,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        return store.TransactAsync(
            async current =>
            {
                await transaction(current);
                return true;
            },
            attempts,
            cancellationToken);
    }

    /// <summary>Longer each time, and never two of them in step.</summary>
    private static TimeSpan Pause(int attempt) =>
        ShortestPause * (1 << Math.Min(attempt - 1, 5)) * ((1 + RandomNumberGenerator.GetInt32(1000)) / 1000.0);
}
