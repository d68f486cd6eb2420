using System.Runtime.InteropServices;
using Doozer.Tree;
using static Doozer.Simulation.SimulationFailureException;

namespace Doozer.Simulation;

/// <summary>
/// Compares what every replica makes of the log with a plain tree, command by command: the same results, the same revisions
/// without gaps, and from time to time all files.
/// </summary>
/// <param name="requestLimit">How many request ids a tree remembers.</param>
internal sealed class TreeChecker(int requestLimit)
{
    private static readonly Glob Everything = Glob.TryParse("/**", out Glob? glob, out _)
        ? glob
        : throw new InvalidOperationException();

    private readonly PlainTree _plain = new(requestLimit);
    private readonly List<Applied> _applied = [];
    private readonly Dictionary<long, int> _firstOfSlot = [];
    private readonly Dictionary<long, long> _revisionAfter = [];
    private readonly Dictionary<long, string> _snapshots = [];

    public int Snapshots { get; private set; }

    public int Installed { get; private set; }

    /// <summary>Every revision's event, from revision 1.</summary>
    public IReadOnlyList<PlainEvent> Events => _plain.Events;

    /// <summary>Hears of each command when the first replica has applied it.</summary>
    public Action<Command, ApplyResult>? FirstApplied { get; set; }

    /// <summary>The last revision of the transaction that a revision is part of.</summary>
    public long EndOf(long revision) => revision == 0 ? 0 : _plain.Events[(int)revision - 1].End;

    /// <summary>A replica applied a command, the one at this position of the slot.</summary>
    public void OnApplied(string node, long slot, int position, in Command command, ApplyResult result)
    {
        if (!_firstOfSlot.TryGetValue(slot, out int first))
            _firstOfSlot.Add(slot, first = _applied.Count);
        int index = first + position;
        if (index == _applied.Count)
        {
            _applied.Add(new Applied(command.RequestId, _plain.Apply(command)));
            FirstApplied?.Invoke(command, _applied[^1].Result);
        }

        Applied known = _applied[index];
        Require(
            known.RequestId == command.RequestId,
            $"{node} applied another command at place {position} of slot {slot} than others");
        Require(
            known.Result == result,
            $"{node} made {result} of {command.Kind} {command.Path} (if not newer than {command.Revision}) in slot {slot}; it " +
            $"should be {known.Result}");
    }

    /// <summary>A replica published what it applied.</summary>
    public void OnPublished(string node, long slot, VersionedTree tree)
    {
        long revision = tree.Revision;
        if (!_revisionAfter.TryGetValue(slot, out long known))
            _revisionAfter.Add(slot, known = revision);
        Require(revision == known, $"{node} is at revision {revision} after slot {slot}, others at {known}");
        Require(EndOf(revision) == revision, $"{node} shows the tree of revision {revision}, within a transaction");
        if (revision == _plain.Revision && revision % 16 == 0)
            Compare(node, tree);
    }

    /// <summary>A replica wrote a snapshot: the same for the same slot on every node, whatever it was restarted from.</summary>
    public void OnSnapshot(string node, long slot, string digest)
    {
        Snapshots++;
        if (_snapshots.TryGetValue(slot, out string? known))
            Require(digest == known, $"{node} has another snapshot through slot {slot} than others");
        else
            _snapshots.Add(slot, digest);
    }

    /// <summary>A replica took over a peer's snapshot.</summary>
    public void OnInstalled(string node, long slot, VersionedTree tree)
    {
        Installed++;
        OnPublished(node, slot, tree);
    }

    /// <summary>All files of a replica that has applied everything.</summary>
    public void Compare(string node, VersionedTree tree)
    {
        TreeVersion latest = tree.Latest;
        Require(latest.Revision == _plain.Revision, $"{node} is at revision {latest.Revision}, not at {_plain.Revision}");
        IReadOnlyList<TreeEvent> files = latest.Walk(Everything, "", 10_000, long.MaxValue).Files;
        Require(
            files.Count == _plain.Files.Count,
            $"{node} has {files.Count} files at revision {latest.Revision}, not {_plain.Files.Count}");
        foreach (TreeEvent file in files)
        {
            Require(
                _plain.Files.TryGetValue(file.Path, out PlainFile? plain)
                    && (plain.Revision, plain.Session) == (file.Revision, file.Session)
                    && plain.Body.AsSpan().SequenceEqual(file.Body),
                $"{node} has another {file.Path} at revision {latest.Revision} than it should");
        }
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Applied(Guid RequestId, ApplyResult Result);
}
