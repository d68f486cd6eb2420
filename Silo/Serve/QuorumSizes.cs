namespace Doozer.Silo.Serve;

/// <summary>How many nodes it takes to elect a leader, and to write.</summary>
internal readonly record struct QuorumSizes(int Elect, int Write)
{
    /// <summary>Reads <c>ELECT,WRITE</c> and checks that any two such quorums of the nodes meet.</summary>
    /// <exception cref="SettingsException">They need not, or the text is something else.</exception>
    public static QuorumSizes Parse(string text, int nodes)
    {
        string[] parts = text.Split(',', StringSplitOptions.TrimEntries);
        if (parts.Length != 2 || !int.TryParse(parts[0], out int elect) || !int.TryParse(parts[1], out int write))
            throw new SettingsException($"--quorum needs ELECT,WRITE, two numbers of nodes such as 4,2, not '{text}'.");
        if (elect < 1 || elect > nodes || write < 1 || write > nodes || elect + write <= nodes)
        {
            throw new SettingsException(
                $"--quorum {elect},{write} is not safe with {nodes} nodes: each must be 1 to {nodes}, and together more than " +
                $"{nodes}.");
        }

        return new QuorumSizes(elect, write);
    }
}
