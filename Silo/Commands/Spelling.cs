namespace Doozer.Silo.Commands;

/// <summary>How far what was typed is from what could have been meant.</summary>
internal static class Spelling
{
    /// <summary>
    /// The fewest letters to put in, leave out, change, or swap with the next that make one word of the other (the optimal string
    /// alignment distance).
    /// </summary>
    public static int Slips(string typed, string meant)
    {
        int[,] slips = new int[typed.Length + 1, meant.Length + 1];
        for (int i = 0; i <= typed.Length; i++)
            slips[i, 0] = i;
        for (int j = 0; j <= meant.Length; j++)
            slips[0, j] = j;
        for (int i = 1; i <= typed.Length; i++)
        {
            for (int j = 1; j <= meant.Length; j++)
            {
                int changed = slips[i - 1, j - 1] + (typed[i - 1] == meant[j - 1] ? 0 : 1);
                slips[i, j] = Math.Min(changed, 1 + Math.Min(slips[i - 1, j], slips[i, j - 1]));
                if (i > 1 && j > 1 && typed[i - 1] == meant[j - 2] && typed[i - 2] == meant[j - 1])
                    slips[i, j] = Math.Min(slips[i, j], slips[i - 2, j - 2] + 1);
            }
        }

        return slips[typed.Length, meant.Length];
    }
}
