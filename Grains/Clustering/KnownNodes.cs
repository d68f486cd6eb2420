using System.Collections.Concurrent;
using System.Text.Json;
using Doozer.Storage;

namespace Doozer.Clustering;

/// <summary>
/// The list of nodes as this node knows it, and where each of them is. What is read from the register is kept in a file, so that
/// a node that starts again knows whom to ask. Any thread.
/// </summary>
/// <param name="self">This node.</param>
/// <param name="given">The nodes and addresses that it was given when it started: who gives them may know better than a list that
/// was written before.</param>
/// <param name="founding">The nodes that the cluster began with.</param>
internal sealed class KnownNodes(string self, IReadOnlyDictionary<string, Uri> given, NodeList founding)
{
    public const string FileName = "nodes.json";

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, Uri> _former = new(StringComparer.Ordinal);
    private volatile NodeList _list = founding;
    private long _epochOfFile;
    private string? _directory;

    /// <summary>Is raised, on any thread, when another list is known.</summary>
    public event Action<NodeList>? Changed;

    /// <summary>The newest list that is known.</summary>
    public NodeList List => _list;

    /// <summary>The nodes that the cluster began with, as a list.</summary>
    public NodeList Founding { get; } = founding;

    /// <summary>From which number on this node counts its starts, if it has never started.</summary>
    public long FirstStart { get; private set; } = 1;

    /// <summary>Whether the newest list does not have this node any more.</summary>
    public bool IsRemoved => !_list.IsFounding && _list.Find(self) is null;

    /// <summary>The other nodes.</summary>
    public IEnumerable<string> Others => _list.Nodes.Where(node => node.Id != self).Select(node => node.Id);

    /// <summary>Where a node is, or was when it was removed; null when it is not known.</summary>
    public Uri? AddressOf(string node)
    {
        NodeList list = _list;
        if (list.Epoch <= _epochOfFile && given.TryGetValue(node, out Uri? first))
            return first;
        return list.Find(node)?.Address ?? _former.GetValueOrDefault(node) ?? given.GetValueOrDefault(node);
    }

    /// <summary>Where the nodes are, and others of which that is known.</summary>
    /// <param name="others">Ids of the others.</param>
    public IReadOnlyDictionary<string, Uri> AddressesWith(IEnumerable<string> others)
    {
        var addresses = new Dictionary<string, Uri>(StringComparer.Ordinal);
        foreach (string node in _list.Nodes.Select(node => node.Id).Concat(others))
        {
            if (AddressOf(node) is { } address)
                addresses.TryAdd(node, address);
        }

        return addresses;
    }

    /// <summary>Whether a node is in the list, or was.</summary>
    public bool Knows(string node) => node == self || _list.Find(node) is not null || _list.Removed.Contains(node);

    /// <summary>Reads what was kept, and keeps from now on.</summary>
    /// <param name="directory">The clustering folder.</param>
    public void Open(string directory)
    {
        lock (_gate)
        {
            _directory = directory;
            if (Read(Path.Combine(directory, FileName)) is var (list, firstStart))
            {
                if (list.Epoch > _list.Epoch)
                    _list = list;
                FirstStart = firstStart;
            }

            _epochOfFile = _list.Epoch;
        }
    }

    /// <summary>Takes a list that was read from the register.</summary>
    /// <param name="list">The list; null as long as it is the founding one.</param>
    public void Learn(NodeList? list)
    {
        if (list is null || list.Epoch <= _list.Epoch)
            return;
        lock (_gate)
        {
            if (list.Epoch <= _list.Epoch)
                return;
            foreach (ListedNode gone in _list.Nodes.Where(node => list.Find(node.Id) is null))
                _former[gone.Id] = gone.Address;
            _list = list;
            if (_directory is not null)
                Write(_directory, NodeListView.Of(list));
        }

        Changed?.Invoke(list);
    }

    /// <summary>Keeps a list for a node that has not started yet.</summary>
    public static void Write(string directory, NodeListView list)
    {
        // Only a hint: the register has the list, and without the file some of the nodes of the file before are asked for it.
        try
        {
            WholeFile.Replace(
                Path.Combine(directory, FileName),
                JsonSerializer.SerializeToUtf8Bytes(list, ClusteringJson.Default.NodeListView));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
        }
    }

    private static (NodeList List, long FirstStart)? Read(string path)
    {
        try
        {
            return File.Exists(path)
                && JsonSerializer.Deserialize(File.ReadAllBytes(path), ClusteringJson.Default.NodeListView) is { } kept
                ? (kept.ToList(), Math.Max(kept.FirstStart ?? 1, 1))
                : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidDataException or IOException
            or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
