using System.Security.Cryptography;
using System.Text;
using Doozer.Storage.Format;
using Microsoft.Extensions.Logging;

namespace Doozer.Storage;

/// <summary>
/// A node's data directory, held exclusively while this lives. Two processes on one directory, or one directory under two
/// names, would be an acceptor that contradicts itself, so both are refused.
/// </summary>
internal sealed class DataDirectory : IDataDirectory
{
    private const string LockName = "lock";
    private const string IdentityName = "identity";
    private const string LogName = "log";
    private readonly FileStream _lock;
    private NodeIdentity _identity;
    private SnapshotStore? _snapshots;

    private DataDirectory(string path, FileStream held, NodeIdentity identity, bool isNew)
    {
        Path = path;
        _lock = held;
        _identity = identity;
        IsNew = isNew;
    }

    public string Path { get; }

    public string Cluster => _identity.Cluster;

    public string Node => _identity.Node;

    /// <summary>Drawn when the directory was made: a node that lost its disk comes back with another one.</summary>
    public Guid Incarnation => _identity.Incarnation;

    /// <summary>The snapshots, and what the log starts from.</summary>
    public SnapshotStore Snapshots => _snapshots ??= SnapshotStore.Open(FileDevice.Instance, Path);

    /// <summary>Whether this opening made the identity.</summary>
    public bool IsNew { get; }

    /// <summary>Whether the node has kept anything here before: then its absence now means that it was lost.</summary>
    public bool LogStarted => _identity.LogStarted;

    public string LogDirectory => System.IO.Path.Combine(Path, LogName);

    /// <summary>Takes the directory, which is made when it is missing.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="cluster">Whose it must be.</param>
    /// <param name="node">The id of the node it must belong to.</param>
    /// <param name="file">A file that is kept here beside log and snapshots, and must not be here when the identity is
    /// missing.</param>
    /// <exception cref="StorageException">It is locked, belongs to another node or cluster, is damaged, or cannot be
    /// used.</exception>
    public static DataDirectory Open(string path, string cluster, string node, string? file = null)
    {
        if (!NodeIdentity.IsValidName(cluster))
        {
            throw new StorageException(
                StorageError.Unusable,
                $"The cluster name '{cluster}' is empty, too long or has control characters; choose a plain name.");
        }

        if (!NodeIdentity.IsValidName(node))
        {
            throw new StorageException(
                StorageError.Unusable,
                $"The node id '{node}' is empty, too long or has control characters; choose a plain name.");
        }

        path = System.IO.Path.GetFullPath(path);
        FileStream? held = null;
        try
        {
            FileDevice.Instance.CreateDirectory(path);
            held = TakeLock(System.IO.Path.Combine(path, LockName), path);
            string identityPath = System.IO.Path.Combine(path, IdentityName);
            bool isNew = !File.Exists(identityPath);
            NodeIdentity identity = isNew ? Create(path, cluster, node, file) : Read(identityPath, path, cluster, node);
            return new DataDirectory(path, held, identity, isNew);
        }
        catch (Exception exception)
        {
            held?.Dispose();
            if (exception is IOException or UnauthorizedAccessException)
            {
                throw new StorageException(
                    StorageError.Unusable,
                    $"The data directory '{path}' cannot be used: {exception.Message} Choose another directory or make this " +
                    "one writable.",
                    exception);
            }

            throw;
        }
    }

    /// <summary>Whose a directory is; null when nobody's, or when its identity is damaged.</summary>
    public static NodeIdentity? OwnerOf(string path)
    {
        string file = System.IO.Path.Combine(path, IdentityName);
        return File.Exists(file) ? NodeIdentity.Parse(File.ReadAllBytes(file)) : null;
    }

    /// <inheritdoc/>
    public INodeLog OpenLog(
        WriteAheadLogOptions options,
        Action<string, ReadOnlyMemory<byte>> replay,
        ILogger logger,
        Action<StorageException> onFatal)
    {
        var log = WriteAheadLog.Open(
            FileDevice.Instance, LogDirectory, options, replay, logger, onFatal, LogStarted, Snapshots.Manifest.OldestSegment);
        MarkLogStarted();
        return log;
    }

    /// <summary>Notes for ever that the directory has held something that must not be lost.</summary>
    public void MarkLogStarted()
    {
        if (LogStarted)
            return;
        NodeIdentity started = _identity with { LogStarted = true };
        Write(Path, started);
        _identity = started;
    }

    /// <inheritdoc/>
    public long FreeBytes() => new DriveInfo(System.IO.Path.GetFullPath(Path)).AvailableFreeSpace;

    /// <inheritdoc/>
    public int NewSeed() => RandomNumberGenerator.GetInt32(int.MaxValue);

    public void Dispose() => _lock.Dispose();

    private static FileStream TakeLock(string file, string path)
    {
        try
        {
            var held = new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            held.SetLength(0);
            held.Write(Encoding.ASCII.GetBytes($"{Environment.ProcessId}\n"));
            held.Flush();
            return held;
        }
        catch (IOException exception) when (IsSharingViolation(exception))
        {
            throw new StorageException(
                StorageError.Locked,
                $"The data directory '{path}' is in use by another node ('{file}' is locked); stop that node or choose another " +
                "directory.",
                exception);
        }
    }

    // What .NET reports is EWOULDBLOCK of Linux, of macOS, or Windows' sharing violation.
    private static bool IsSharingViolation(IOException exception) => exception.HResult is 11 or 35 or unchecked((int)0x80070020);

    private static NodeIdentity Read(string file, string path, string cluster, string node)
    {
        NodeIdentity identity = NodeIdentity.Parse(File.ReadAllBytes(file)) ?? throw new StorageException(
            StorageError.Damaged,
            $"The identity file '{file}' is damaged; restore it from a copy, which may be old since it never changes, or treat " +
            "the node as lost: it must not come back empty under its id (see 'When a file is damaged or missing' in " +
            "docs/operations.md).");
        if (identity.Cluster != cluster)
        {
            throw new StorageException(
                StorageError.Foreign,
                $"The data directory '{path}' belongs to cluster '{identity.Cluster}', not '{cluster}' ('{file}' says so); use " +
                "that cluster's name or another directory.");
        }

        if (identity.Node != node)
        {
            throw new StorageException(
                StorageError.Foreign,
                $"The data directory '{path}' belongs to node '{identity.Node}', not '{node}' ('{file}' says so); use that " +
                "node's id or another directory.");
        }

        return identity;
    }

    private static NodeIdentity Create(string path, string cluster, string node, string? file)
    {
        if (Left(path, file) is { } left)
        {
            throw new StorageException(
                StorageError.Damaged,
                $"The data directory '{path}' has {left} but no identity file '{IdentityName}'; restore that file, or use an " +
                "empty directory for a new node.");
        }

        var identity = new NodeIdentity(cluster, node, Guid.NewGuid(), LogStarted: false);
        Write(path, identity);
        return identity;
    }

    /// <summary>What an earlier node has left, whose promises a new identity would forget.</summary>
    private static string? Left(string path, string? file)
    {
        string log = System.IO.Path.Combine(path, LogName);
        if (Directory.Exists(log) && Directory.EnumerateFiles(log, "*" + SegmentHeader.Extension).FirstOrDefault() is { } segment)
            return $"a log ('{segment}')";
        if (SnapshotStore.HasManifest(FileDevice.Instance, path))
            return "a manifest";
        return file is not null && File.Exists(System.IO.Path.Combine(path, file)) ? $"a file '{file}'" : null;
    }

    private static void Write(string path, NodeIdentity identity) =>
        WholeFile.Replace(System.IO.Path.Combine(path, IdentityName), identity.Render());
}
