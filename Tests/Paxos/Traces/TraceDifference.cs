namespace Doozer.Tests.Paxos.Traces;

/// <summary>Two texts line by line: what both have, only the first (-), only the second (+).</summary>
internal static class TraceDifference
{
    /// <summary>Equal lines that are shown before and after a difference.</summary>
    private const int Context = 3;

    public static string Between(string first, string second)
    {
        List<string> lines = Merge(first.Split('\n'), second.Split('\n'));
        IEnumerable<string> shown = lines.Where((_, at) =>
            lines.Skip(Math.Max(0, at - Context)).Take((2 * Context) + 1).Any(line => line[0] != ' '));
        return string.Join('\n', shown);
    }

    private static List<string> Merge(string[] first, string[] second)
    {
        int[,] common = CountCommon(first, second);
        var lines = new List<string>();
        int i = 0;
        int j = 0;
        while (i < first.Length || j < second.Length)
        {
            if (i < first.Length && j < second.Length && first[i] == second[j])
            {
                lines.Add("  " + first[i++]);
                j++;
            }
            else if (j == second.Length || (i < first.Length && common[i + 1, j] >= common[i, j + 1]))
            {
                lines.Add("- " + first[i++]);
            }
            else
            {
                lines.Add("+ " + second[j++]);
            }
        }

        return lines;
    }

    /// <summary>The length of the longest common part of what follows each pair of lines.</summary>
    private static int[,] CountCommon(string[] first, string[] second)
    {
        int[,] common = new int[first.Length + 1, second.Length + 1];
        for (int i = first.Length - 1; i >= 0; i--)
        {
            for (int j = second.Length - 1; j >= 0; j--)
                common[i, j] = first[i] == second[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
        }

        return common;
    }
}
