using Doozer.Paxos;
using Doozer.Tree;

namespace Doozer.Replicas;

/// <summary>
/// What chosen batches are applied to: the namespace's tree. The simulator watches it, and breaks it on purpose.
/// </summary>
internal class StateMachine(VersionedTree tree)
{
    private readonly List<long> _openedSessions = [];

    public VersionedTree Tree => tree;

    /// <summary>Those that the last batch opened, or was asked again to open.</summary>
    public List<long> OpenedSessions => _openedSessions;

    /// <summary>Applies a batch; readers see it once it is published.</summary>
    /// <param name="chosen">The batch of the slot after the last one applied.</param>
    /// <param name="results">Gets one result for each command, in their order.</param>
    public virtual void Apply(in ChosenBatch chosen, List<ApplyResult> results)
    {
        int position = 0;
        _openedSessions.Clear();
        foreach (ReadOnlyMemory<byte> encoded in chosen.Batch)
        {
            var command = Command.Decode(encoded);
            ApplyResult result = Apply(chosen.Slot, position++, command);
            results.Add(result);
            if (command.Kind == CommandKind.OpenSession && result.Outcome == Outcome.Done)
                _openedSessions.Add(result.Revision);
        }
    }

    /// <summary>Makes all that was applied visible.</summary>
    /// <param name="slot">The last slot applied.</param>
    public virtual void Publish(long slot) => tree.Publish();

    /// <summary>The state as it is now.</summary>
    public virtual TreeCapture Capture() => tree.Capture();

    /// <summary>Goes on from a peer's state after that slot.</summary>
    public virtual void TakeOver(long slot, VersionedTree newer) => tree.TakeOver(newer);

    protected virtual ApplyResult Apply(long slot, int position, in Command command) => tree.Apply(command);
}
