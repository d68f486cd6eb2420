using Doozer.Paxos;
using Doozer.Tree;

namespace Doozer.Replicas;

/// <summary>
/// What chosen batches are applied to: the namespace's tree. The simulator watches it, and breaks it on purpose.
/// </summary>
internal class StateMachine(VersionedTree tree)
{
    public VersionedTree Tree => tree;

    /// <summary>Applies a batch; readers see it once it is published.</summary>
    /// <param name="chosen">The batch of the slot after the last one applied.</param>
    /// <param name="results">Gets one result for each command, in their order.</param>
    public virtual void Apply(in ChosenBatch chosen, List<ApplyResult> results)
    {
        int position = 0;
        foreach (ReadOnlyMemory<byte> encoded in chosen.Batch)
            results.Add(Apply(chosen.Slot, position++, Command.Decode(encoded)));
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
