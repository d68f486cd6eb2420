using Doozer.Paxos;

namespace Doozer.Tests.Paxos.Traces;

/// <summary>Messages on their way, in the order sent, and the links that are cut.</summary>
internal sealed class TraceNetwork(Action<string> tell)
{
    /// <summary>In place of a name: any node.</summary>
    public const string Any = "*";

    private readonly List<Outgoing> _underWay = [];
    private readonly HashSet<(string From, string To)> _cut = [];

    public bool IsIdle => _underWay.Count == 0;

    public void Send(Outgoing outgoing, bool isReceiverUp)
    {
        bool isLost = !isReceiverUp || _cut.Contains((outgoing.Message.From, outgoing.To));
        tell(InWords(outgoing, isLost));
        if (!isLost)
            _underWay.Add(outgoing);
    }

    /// <summary>Takes what is on its way between the two now.</summary>
    public List<Outgoing> Take(string from, string to)
    {
        List<Outgoing> taken = _underWay.FindAll(Matches);
        _underWay.RemoveAll(Matches);
        return taken;

        bool Matches(Outgoing outgoing) =>
            (from == Any || outgoing.Message.From == from) && (to == Any || outgoing.To == to);
    }

    /// <summary>Loses what is on its way.</summary>
    public void Drop(string from, string to)
    {
        foreach (Outgoing lost in Take(from, to))
            tell(InWords(lost, isLost: true));
    }

    /// <summary>Cuts a link in both directions; what is on its way there is lost.</summary>
    public void Cut(string one, string other)
    {
        _cut.Add((one, other));
        _cut.Add((other, one));
        Drop(one, other);
        Drop(other, one);
    }

    public void Heal() => _cut.Clear();

    public void TellUnderWay()
    {
        foreach (Outgoing outgoing in _underWay)
            tell($"on its way: {InWords(outgoing, isLost: false)}");
    }

    private static string InWords(Outgoing outgoing, bool isLost) =>
        $"{outgoing.Message.From} {(isLost ? "-x" : "->")} {outgoing.To}: {TraceWords.Of(outgoing.Message)}";
}
