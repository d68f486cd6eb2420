using System.Diagnostics;
using System.Globalization;
using Doozer.Client;

namespace Doozer.Silo.Commands;

/// <summary>Something that is held.</summary>
/// <param name="FencingToken">Higher than that of anybody who has held it before.</param>
/// <param name="Lost">Is cancelled when it is held no more.</param>
internal sealed record Held(long FencingToken, CancellationToken Lost);

/// <summary>Runs a command while something is held. Whatever happens, nothing is left behind in the store.</summary>
/// <param name="context">The command that does it.</param>
/// <param name="ttl">Of the session that holds it; null for the default.</param>
/// <param name="what">What is held, for messages.</param>
internal sealed class HeldRun(StoreCommand.Context context, TimeSpan? ttl, string what)
{
    /// <summary>How long an interrupted opening of a session is waited for, so that it can be closed.</summary>
    private static readonly TimeSpan OpenPatience = TimeSpan.FromSeconds(2);

    /// <summary>Runs it.</summary>
    /// <param name="command">The command with its arguments.</param>
    /// <param name="acquire">Waits for what is to be held; null: it could not be had in time.</param>
    /// <returns>The command's exit status, or one of <see cref="ExitCode"/>.</returns>
    public async Task<int> Run(string[] command, Func<IDoozerNamespace, Session, CancellationToken, Task<Held?>> acquire)
    {
        using var signals = new PassedSignals(context.Cancellation);
        using HttpClient http = StoreRequest.Client();
        IDoozerNamespace store = HttpNamespace.Open(context.Store.Addresses, context.Store.Namespace, http);
        try
        {
            await using Session session = await Open(store, signals.Stop);
            if (await acquire(store, session, signals.Stop) is { } held)
                return await RunWhile(held, session, command, signals);
            context.Console.Complain($"{Sentence(what)} could not be had in time.");
            return ExitCode.NotHeld;
        }
        catch (OperationCanceledException) when (signals.Received != 0)
        {
            return ExitCode.Signalled + signals.Received;
        }
        catch (DoozerException exception)
        {
            throw new CommandFailure(exception.Message, ExitCode.HoldFailure);
        }
        catch (CommandFailure failure) when (failure.ExitCode == ExitCode.Failure)
        {
            throw new CommandFailure(failure.Message, ExitCode.HoldFailure);
        }
    }

    private async Task<Session> Open(IDoozerNamespace store, CancellationToken stop)
    {
        Task<Session> opening = store.OpenSessionAsync(ttl, cancellationToken: CancellationToken.None);
        try
        {
            return await opening.WaitAsync(stop);
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAny(opening, Task.Delay(OpenPatience, TimeProvider.System, CancellationToken.None));
            if (opening.IsCompletedSuccessfully)
                await (await opening).DisposeAsync();
            throw;
        }
    }

    private async Task<int> RunWhile(Held held, Session session, string[] command, PassedSignals signals)
    {
        ProcessStartInfo start = ShellCommand.Of(command);
        start.Environment[CommandVariables.FencingToken] = held.FencingToken.ToString(CultureInfo.InvariantCulture);
        start.Environment[CommandVariables.Session] = session.Id.ToString(CultureInfo.InvariantCulture);
        signals.Stop.ThrowIfCancellationRequested();
        using Process process = ShellCommand.Start(start);
        signals.PassTo(process);
        try
        {
            return await End(process, held, session.Ttl);
        }
        finally
        {
            signals.End();
        }
    }

    private async Task<int> End(Process process, Held held, TimeSpan lasts)
    {
        var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration whenLost = held.Lost.Register(lost.SetResult);
        Task exit = process.WaitForExitAsync(CancellationToken.None);
        if (await Task.WhenAny(exit, lost.Task) == exit)
            return process.ExitCode;

        context.Console.Complain($"{Sentence(what)} was lost. The command has to end.");
        PassedSignals.Terminate(process);

        // A tenth of the ttl is left before another may hold it.
        await Task.WhenAny(exit, Task.Delay(lasts / 10, TimeProvider.System, CancellationToken.None));
        if (!exit.IsCompleted)
            process.Kill(entireProcessTree: true);
        await exit;
        return ExitCode.Lost;
    }

    private static string Sentence(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
