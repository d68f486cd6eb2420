namespace Doozer.Tests.Paxos.Traces;

/// <summary>The tickets of proposals and reads, and what each is for.</summary>
internal sealed class TraceTickets
{
    private readonly List<string> _names = [];

    public long Issue(string name)
    {
        _names.Add(name);
        return _names.Count - 1;
    }

    public string NameOf(long ticket) => _names[(int)ticket];
}
