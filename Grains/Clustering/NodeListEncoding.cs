namespace Doozer.Clustering;

/// <summary>The list of nodes as it stands in the register's value.</summary>
internal static class NodeListEncoding
{
    public static void Write(BinaryWriter writer, NodeList list)
    {
        writer.Write(list.Epoch);
        writer.Write(list.Voters);
        writer.Write(list.Nodes.Length);
        foreach (ListedNode node in list.Nodes)
        {
            writer.Write(node.Id);
            writer.Write(node.Address.ToString());
            writer.Write((byte)node.Role);
        }

        writer.Write(list.Removed.Length);
        foreach (string id in list.Removed)
            writer.Write(id);
    }

    /// <exception cref="InvalidDataException">This is no list of nodes.</exception>
    public static NodeList Read(BinaryReader reader)
    {
        long epoch = reader.ReadInt64();
        int voters = reader.ReadInt32();
        var nodes = new ListedNode[reader.ReadCount(NodeList.MaxNodes)];
        for (int i = 0; i < nodes.Length; i++)
            nodes[i] = new ListedNode(reader.ReadString(), ReadAddress(reader), ReadRole(reader));
        string[] removed = new string[reader.ReadCount(NodeList.MaxRemoved)];
        for (int i = 0; i < removed.Length; i++)
            removed[i] = reader.ReadString();
        return new NodeList(epoch, voters, [.. nodes], [.. removed]);
    }

    private static Uri ReadAddress(BinaryReader reader)
    {
        string text = reader.ReadString();
        return Uri.TryCreate(text, UriKind.Absolute, out Uri? address)
            ? address
            : throw new InvalidDataException($"'{text}' is no address of a node");
    }

    private static NodeRole ReadRole(BinaryReader reader)
    {
        byte role = reader.ReadByte();
        return role <= (byte)NodeRole.Observer
            ? (NodeRole)role
            : throw new InvalidDataException($"{role} is no role of a node");
    }
}
