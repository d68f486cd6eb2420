using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Doozer.Chaos;
using Doozer.Chaos.Locks;

try
{
    if (args is [LockWorker.Argument, .. var addresses])
        await LockWorker.Run(addresses);
    var options = ChaosOptions.Parse(args);
    if (options.WantsHelp)
    {
        Console.WriteLine(ChaosOptions.Usage);
        return 0;
    }

    using var stop = new CancellationTokenSource();
    using PosixSignalRegistration interrupt = StopOn(PosixSignal.SIGINT, stop);
    using PosixSignalRegistration terminate = StopOn(PosixSignal.SIGTERM, stop);
    using PosixSignalRegistration hangUp = StopOn(PosixSignal.SIGHUP, stop);
    return await RunAll(options, stop.Token);
}
catch (NotSupportedException exception)
{
    Console.WriteLine($"skipped: {exception.Message}");
    return 0;
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("Stopped before the end.");
    return 2;
}
catch (Exception exception) when (exception is ArgumentException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(exception.Message);
    return 2;
}

static async Task<int> RunAll(ChaosOptions options, CancellationToken cancellation)
{
    int seed = options.Seed ?? RandomNumberGenerator.GetInt32(int.MaxValue);
    int broken = 0;
    foreach (int nodes in options.Nodes)
    {
        using var run = new ChaosRun(options, nodes, seed);
        broken += await run.Run(cancellation) ? 0 : 1;
    }

    return broken == 0 ? 0 : 1;
}

static PosixSignalRegistration StopOn(PosixSignal signal, CancellationTokenSource stop) =>
    PosixSignalRegistration.Create(signal, context =>
    {
        // Nodes and networks have to be taken away first.
        context.Cancel = true;
        stop.Cancel();
    });
