namespace Doozer.Clustering;

/// <summary>
/// Lets a line about one subject into the log when it says something new, or after a minute again: peers ask each other several
/// times a second.
/// </summary>
internal sealed class RepeatedLines(TimeProvider time)
{
    private const int MaxSubjects = 100;
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (string Text, long At)> _said = new(StringComparer.Ordinal);

    /// <summary>Takes the next line about a subject for something new.</summary>
    public void Forget(string subject)
    {
        lock (_gate)
            _said.Remove(subject);
    }

    public bool IsDue(string subject, string text)
    {
        lock (_gate)
        {
            if (_said.TryGetValue(subject, out (string Text, long At) last)
                && last.Text == text
                && time.GetElapsedTime(last.At) < Quiet)
            {
                return false;
            }

            // Strangers name themselves as they like.
            if (_said.Count >= MaxSubjects)
                _said.Clear();
            _said[subject] = (text, time.GetTimestamp());
            return true;
        }
    }
}
