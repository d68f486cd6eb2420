using System.Text.Json;
using System.Text.Json.Serialization;
using Doozer.Paxos;
using Doozer.Tree;

namespace Doozer.Replicas;

/// <summary>What a namespace's file in the list says of it.</summary>
/// <param name="Start">The revision that its tree begins with; 0 for the empty tree.</param>
/// <param name="Acceptors">The acceptors that its log begins with; null for those that <c>main</c>'s began with.</param>
/// <param name="ElectionQuorum">How many of these elect a leader.</param>
/// <param name="WriteQuorum">How many of these must have a write.</param>
/// <param name="Request">The request that made it.</param>
/// <param name="IsAdopted">Whether it was there before namespaces were made.</param>
/// <param name="Replicas">How many acceptors it should have, of the voters; 0 for the default.</param>
internal sealed record NamespaceRecord(
    long Start = 0,
    string[]? Acceptors = null,
    int ElectionQuorum = 0,
    int WriteQuorum = 0,
    Guid? Request = null,
    bool IsAdopted = false,
    int Replicas = 0)
{
    /// <summary>How many acceptors it should have, of the voters; all of them when there are no more.</summary>
    [JsonIgnore]
    public int WantedReplicas => Replicas == 0 ? Limits.DefaultReplicas : Replicas;

    /// <summary>The quorums that its log begins with; null for those of <c>main</c>.</summary>
    [JsonIgnore]
    public QuorumSystem? Quorums => Acceptors is null ? null : new QuorumSystem(Acceptors, ElectionQuorum, WriteQuorum);
}

/// <summary>
/// The list of the namespaces besides <c>main</c>: files of <c>main</c>'s tree. Whoever has that tree at a revision knows of
/// every group that was made up to it whether it is there.
/// </summary>
internal static class NamespaceList
{
    /// <summary>
    /// The file that says where the tree of a new namespace begins: beyond all revisions of those that were deleted.
    /// </summary>
    public const string StartPath = "/ctl/namespace-start";

    // Files below it outlive the namespaces that they are of.
    private const string AdoptedDirectory = "/ctl/namespace-adopted";

    public static string PathOf(string @namespace) => $"{Names.ListDirectory}/{@namespace}";

    /// <summary>The file that says, for ever, that a namespace from before there was a list has been put on it.</summary>
    public static string AdoptedPathOf(string @namespace) => $"{AdoptedDirectory}/{@namespace}";

    /// <summary>How many there are.</summary>
    public static long Count(TreeVersion main) => main.Lookup(Names.ListDirectory).Length;

    /// <summary>A namespace that was made, with its group, by its name; null when there is none.</summary>
    public static (GroupName Group, NamespaceRecord Record)? Find(TreeVersion main, string @namespace)
    {
        TreeLookup file = main.Lookup(PathOf(@namespace));
        if (file.Kind != TreeEntryKind.File)
            return null;
        NamespaceRecord record = Read(file.Body);
        return (new GroupName(@namespace, record.IsAdopted ? 0 : file.Revision), record);
    }

    /// <summary>The groups of all of them.</summary>
    public static IEnumerable<GroupName> Groups(TreeVersion main)
    {
        TreeListing all = main.List(Names.ListDirectory, "", int.MaxValue);
        return all.Entries.Select(entry => Find(main, entry.Name)!.Value.Group);
    }

    /// <summary>
    /// Whether a group was deleted. One that is not on the list may also have been made later than the tree's revision.
    /// </summary>
    public static bool IsDeleted(TreeVersion main, GroupName group)
    {
        if (group == GroupName.Main || Find(main, group.Namespace)?.Group == group)
            return false;
        return group.Generation == 0 ? IsAdopted(main, group.Namespace) : main.Revision >= group.Generation;
    }

    /// <summary>Whether a namespace from before there was a list has ever been put on it.</summary>
    public static bool IsAdopted(TreeVersion main, string @namespace) =>
        main.Lookup(AdoptedPathOf(@namespace)).Kind == TreeEntryKind.File;

    public static byte[] Write(NamespaceRecord record) =>
        JsonSerializer.SerializeToUtf8Bytes(record, NamespaceJson.Default.NamespaceRecord);

    /// <exception cref="JsonException">The bytes are no record.</exception>
    public static NamespaceRecord Read(ReadOnlySpan<byte> body) =>
        JsonSerializer.Deserialize(body, NamespaceJson.Default.NamespaceRecord) ?? throw new JsonException("It is null.");
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(NamespaceRecord))]
internal sealed partial class NamespaceJson : JsonSerializerContext;
