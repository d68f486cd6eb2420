using System.Runtime.InteropServices;
using System.Text.Json;
using Doozer.Benchmarks;
using Doozer.Benchmarks.Loads;
using Doozer.Benchmarks.Reports;

try
{
    var options = BenchmarkOptions.Parse(args);
    if (options.WantsHelp)
    {
        Console.WriteLine(BenchmarkOptions.Usage);
        return 0;
    }

    if (options.Report is { } file)
    {
        Console.Write(ResultTable.Of([.. File.ReadLines(file).Select(ResultLine.Parse)]));
        return 0;
    }

    using var stop = new CancellationTokenSource();
    using PosixSignalRegistration interrupt = StopOn(PosixSignal.SIGINT, stop);
    using PosixSignalRegistration terminate = StopOn(PosixSignal.SIGTERM, stop);
    using PosixSignalRegistration hangUp = StopOn(PosixSignal.SIGHUP, stop);
    using var run = new BenchmarkRun(options);
    return await run.Run(stop.Token) ? 0 : 1;
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("Stopped before the end.");
    return 2;
}
catch (Exception exception) when (exception is ArgumentException or IOException or UnauthorizedAccessException or JsonException)
{
    Console.Error.WriteLine(exception.Message);
    return 2;
}

static PosixSignalRegistration StopOn(PosixSignal signal, CancellationTokenSource stop) =>
    PosixSignalRegistration.Create(signal, context =>
    {
        // The nodes have to be ended first.
        context.Cancel = true;
        stop.Cancel();
    });
