using System.Text.Json;
using System.Text.Json.Serialization;
using Doozer.Storage;

namespace Doozer.Silo.Serve;

/// <summary>
/// What a node was told of its cluster when it first started, kept in its data directory: a node that starts again need not be
/// told. Which nodes there are now, it learns from the others.
/// </summary>
/// <param name="Cluster">The cluster's name.</param>
/// <param name="Node">This node's id.</param>
/// <param name="Address">Where the others find it.</param>
/// <param name="Founders">The nodes that the cluster began with, and where they were.</param>
/// <param name="ElectionQuorum">How many of them elected a leader; 0 for a majority.</param>
/// <param name="WriteQuorum">How many of them a write needed; 0 for a majority.</param>
/// <param name="Origin">Of a cluster that was restored from snapshots, a digest of them; else empty.</param>
internal sealed record ClusterFile(
    string Cluster,
    string Node,
    Uri Address,
    IReadOnlyDictionary<string, Uri> Founders,
    int ElectionQuorum,
    int WriteQuorum,
    string Origin)
{
    private const string Name = "cluster.json";
    private const int NewestVersion = 1;

    /// <summary>Of the file's format; what has none is of the first.</summary>
    [JsonPropertyOrder(-1)]
    public int Version { get; set; } = NewestVersion;

    /// <summary>The founders, and this node, which may be found elsewhere now.</summary>
    /// <param name="own">Where it is found.</param>
    public IReadOnlyList<NodeAddress> PeersWith(Uri own) =>
    [
        .. Founders.Where(founder => founder.Key != Node)
            .Append(KeyValuePair.Create(Node, own))
            .OrderBy(each => each.Key, StringComparer.Ordinal)
            .Select(each => new NodeAddress(each.Key, each.Value)),
    ];

    /// <summary>The file in a data directory that is to be a node's; null when there is none.</summary>
    /// <exception cref="SettingsException">It cannot be read, or is another node's.</exception>
    public static ClusterFile? Read(string directory, string node)
    {
        ClusterFile? file = Read(directory);
        return file is null || file.Node == node ? file : throw NotOf(node, directory, file.Node);
    }

    /// <summary>What is wrong with a data directory that is another node's.</summary>
    public static SettingsException NotOf(string node, string directory, string owner) => new(
        $"'{directory}' has the data of node {owner}, not of {node}: give {node} a data directory of its own.");

    /// <summary>The file in a data directory; null when there is none.</summary>
    /// <exception cref="SettingsException">It cannot be read.</exception>
    public static ClusterFile? Read(string directory)
    {
        string path = Path.Combine(directory, Name);
        try
        {
            if (!File.Exists(path))
                return null;
            ClusterFile? file = JsonSerializer.Deserialize(File.ReadAllBytes(path), ClusterFileJson.Default.ClusterFile);
            if (file?.Version > NewestVersion)
                throw NewerThanKnown(path, file.Version);
            return file is { Address.IsAbsoluteUri: true, Founders.Count: > 0, Origin: not null }
                && Names.IsNodeOrCluster(file.Cluster) && Names.IsNodeOrCluster(file.Node)
                && file.Founders.All(each => Names.IsNodeOrCluster(each.Key) && each.Value is { IsAbsoluteUri: true })
                ? file
                : throw Unreadable(path, "something in it is missing or wrong");
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, exception.Message);
        }
    }

    /// <summary>Puts it into a data directory, unless it is there as it is.</summary>
    public void Write(string directory)
    {
        byte[] text = JsonSerializer.SerializeToUtf8Bytes(this, ClusterFileJson.Default.ClusterFile);
        string path = Path.Combine(directory, Name);
        if (File.Exists(path) && File.ReadAllBytes(path).AsSpan().SequenceEqual(text))
            return;
        Directory.CreateDirectory(directory);
        WholeFile.Replace(path, text);
    }

    private static SettingsException NewerThanKnown(string path, int version) => new(
        $"'{path}' has version {version}, and this program knows {NewestVersion} at most: start the node with a newer one.");

    private static SettingsException Unreadable(string path, string why) => new(
        $"'{path}' cannot be read: {why.TrimEnd('.')}. Give --peers, or delete it and give --join again.");
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(ClusterFile))]
internal sealed partial class ClusterFileJson : JsonSerializerContext;
