namespace Doozer.Chaos.Locks;

/// <summary>
/// Who had the lock when, by one clock for all processes, and a file that refuses writes with a lower fencing token than it has
/// seen. Safe for any thread.
/// </summary>
internal sealed class LockClaims
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, (long From, long To)> _claims = [];
    private long _newest;

    /// <summary>How many times the lock was taken.</summary>
    public int Taken
    {
        get
        {
            lock (_lock)
                return _claims.Count;
        }
    }

    /// <summary>Writes that the file took, and those that it refused.</summary>
    public (int Done, int Refused) Writes { get; private set; }

    /// <summary>Somebody had the lock under this token at least from one instant to another.</summary>
    public void Had(long token, long from, long to)
    {
        lock (_lock)
            _claims[token] = (from, Math.Max(_claims.GetValueOrDefault(token).To, to));
    }

    /// <summary>Somebody writes to the file.</summary>
    public void Write(long token)
    {
        lock (_lock)
        {
            bool isLate = token < _newest;
            _newest = Math.Max(_newest, token);
            Writes = isLate ? (Writes.Done, Writes.Refused + 1) : (Writes.Done + 1, Writes.Refused);
        }
    }

    /// <summary>Tells of two who had the lock at once, if there were; whoever got it later had the higher token.</summary>
    public string? FindViolation()
    {
        lock (_lock)
        {
            (long token, long until) = (0, long.MinValue);
            foreach ((long next, (long from, long to)) in _claims)
            {
                if (from < until)
                    return $"the lock was held under the token {token} until {until}, and under {next} from {from} on";
                (token, until) = (next, to);
            }
        }

        return null;
    }
}
