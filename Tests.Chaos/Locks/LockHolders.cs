using System.Diagnostics;
using System.Globalization;
using Doozer.Chaos.Nodes;

namespace Doozer.Chaos.Locks;

/// <summary>
/// Processes that contend for one lock, and are paused for longer than their sessions live, or killed, while they do.
/// </summary>
internal sealed class LockHolders : IAsyncDisposable
{
    private const int Count = 4;

    private readonly LockClaims _claims = new();
    private readonly Func<IEnumerable<Uri>> _addresses;
    private readonly Random _random;
    private readonly Process?[] _processes = new Process?[Count];
    private int _holder;
    private int _pauses;
    private int _kills;

    /// <param name="addresses">Where the nodes are that there are now.</param>
    /// <param name="seed">Decides who is paused and killed, and when.</param>
    public LockHolders(Func<IEnumerable<Uri>> addresses, int seed)
    {
        _addresses = addresses;
        _random = new Random(seed);
    }

    /// <summary>What came of it, in a line.</summary>
    public string Report =>
        $"locks       taken {_claims.Taken} times by {Count} processes, through {_pauses} pauses and {_kills} kills of them; "
        + $"{_claims.Writes.Done} writes under its tokens, {_claims.Writes.Refused} of late holders refused";

    public string? FindViolation() => _claims.FindViolation();

    /// <summary>Starts them, and pauses or kills one now and then, most often the one that has the lock.</summary>
    public async Task Run(CancellationToken stop)
    {
        for (int i = 0; i < Count; i++)
            Start(i);
        while (true)
        {
            await Pause(2000, 8000, stop);
            int struck = _random.Next(4) == 0 ? _random.Next(Count) : Volatile.Read(ref _holder);
            if (_processes[struck] is not { HasExited: false } process)
                throw new ChaosException($"process {struck} that takes the lock ended by itself");
            if (_random.Next(4) == 0)
            {
                _kills++;
                process.Kill();
                await process.WaitForExitAsync(stop);
                await Pause(100, 3000, stop);
                Start(struck);
                continue;
            }

            _pauses++;
            NodeProcess.Signal(process.Id, NodeProcess.Sigstop);
            await Pause(1000, 6000, stop);
            NodeProcess.Signal(process.Id, NodeProcess.Sigcont);
        }
    }

    public async ValueTask DisposeAsync()
    {
        for (int i = 0; i < Count; i++)
        {
            if (_processes[i] is not { } process)
                continue;
            _processes[i] = null;
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
            process.Dispose();
        }
    }

    private void Start(int number)
    {
        _processes[number]?.Dispose();
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (string argument in (string[])[LockWorker.Argument, .. _addresses().Select(address => address.ToString())])
            start.ArgumentList.Add(argument);
        Process process = Process.Start(start)!;
        _processes[number] = process;
        process.OutputDataReceived += (_, line) => Hear(number, line.Data);
        process.ErrorDataReceived += static (_, line) =>
        {
            if (line.Data is { } said)
                Console.Error.WriteLine(said);
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    private void Hear(int number, string? line)
    {
        // The last line of one that was killed may be only a part, with a last number too small: it claims no more than is so.
        string[] words = (line ?? "").Split(' ');
        long Number(int word) => long.TryParse(words[word], NumberStyles.None, CultureInfo.InvariantCulture, out long n) ? n : 0;
        switch (words)
        {
            case ["write", _]:
                _claims.Write(Number(1));
                break;
            case ["held", _, _, _]:
                _claims.Had(Number(1), Number(2), Number(3));
                Volatile.Write(ref _holder, number);
                break;
        }
    }

    private Task Pause(int least, int most, CancellationToken stop) =>
        Task.Delay(TimeSpan.FromMilliseconds(_random.Next(least, most)), TimeProvider.System, stop);
}
