namespace Doozer.Tests.Paxos.Traces;

/// <summary>
/// In place of chance, so that a reader can count along: with an election timeout of 10 ticks the first replica waits 10
/// before it stands, the second 13, the third 16. And a replica numbers its pre-votes from another number on in each life.
/// </summary>
internal sealed class NoChance(int place, int life) : Random(0)
{
    private const int TicksApart = 3;
    private const int AttemptsInLife = 1000;

    public override int Next() => life * AttemptsInLife;

    public override int Next(int maxValue) => Math.Min(place * TicksApart, maxValue - 1);
}
