using Doozer.Clustering;
using Doozer.Paxos;

namespace Doozer.Tests.Clustering;

/// <summary>What somebody asks for in <see cref="RegisterSimulation"/>, and what comes of it.</summary>
internal sealed class RegisterOperation(RegisterNode node, byte? appends, QuorumSystem? wish, int beganAt)
{
    public RegisterNode Node { get; } = node;

    /// <summary>The number to append.</summary>
    public byte? Appends { get; } = appends;

    /// <summary>The members to change to.</summary>
    public QuorumSystem? Wish { get; } = wish;

    public bool IsRead => Appends is null && Wish is null;

    public int BeganAt { get; } = beganAt;

    public int EndedAt { get; set; }

    public int Attempts { get; set; }

    public bool Aborted { get; set; }

    public byte[]? Result { get; set; }

    public RegisterValue? Next(RegisterValue found, bool isChosen, RegisterRules rules)
    {
        if (Appends is { } number)
        {
            ReadOnlySpan<byte> list = found.Payload.Span;
            return list.Contains(number) ? null : found with { Payload = (byte[])[.. list, number] };
        }

        RegisterMembers members = Wish is null ? found.Members : found.Members.Toward(Wish, isChosen, rules);
        return members == found.Members ? null : found with { Members = members };
    }

    public override string ToString() =>
        Appends is { } number ? $"the append of {number}" : Wish is null ? "a read" : $"the change to {Wish}";
}
