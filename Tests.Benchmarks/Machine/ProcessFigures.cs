using System.Globalization;

namespace Doozer.Benchmarks.Machine;

/// <summary>What Linux tells of one process.</summary>
internal static class ProcessFigures
{
    /// <summary>In what <c>/proc</c> counts processor time: USER_HZ, which is 100 on all of Linux.</summary>
    internal const double TicksPerSecond = 100;

    /// <summary>Processor time that a process has used so far, in seconds; 0 if it is gone.</summary>
    public static double CpuSeconds(int process)
    {
        if (Read($"/proc/{process}/stat") is not { } stat)
            return 0;

        // The name of the program comes second, in parentheses, and may itself have spaces and parentheses.
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (Number(fields[11]) + Number(fields[12])) / TicksPerSecond;
    }

    /// <summary>Memory of a process that is in RAM, in bytes; 0 if it is gone.</summary>
    public static long ResidentBytes(int process) => Read($"/proc/{process}/statm") is { } pages
        ? (long)Number(pages.Split(' ')[1]) * Environment.SystemPageSize
        : 0;

    internal static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static string? Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
