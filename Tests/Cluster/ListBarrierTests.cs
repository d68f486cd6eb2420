using Doozer.Namespaces;
using Doozer.Paxos;

namespace Doozer.Tests.Cluster;

public sealed class ListBarrierTests
{
    [Theory]
    [InlineData("yes", null, true)]
    [InlineData("silent", null, false)]
    [InlineData("yes yes silent", null, true)]
    [InlineData("yes fails late", null, true)]
    [InlineData("yes silent fails", null, false)]
    [InlineData("yes silent silent silent", 4, true)]
    [InlineData("yes yes yes silent", 1, false)]
    [InlineData("late late late late", 1, true)]
    public async Task A_change_counts_when_those_who_have_not_followed_are_too_few_to_write(
        string nodes, int? writeQuorum, bool passes)
    {
        string[] answers = nodes.Split(' ');
        var quorums = new QuorumSystem(Enumerable.Range(0, answers.Length).Select(i => $"n{i}"), phase2: writeQuorum);
        (await Pass(answers, passes, quorums)).ShouldBe(passes);
    }

    [Theory]
    [InlineData("yes yes yes silent silent", "n1 n2 n3", true)]
    [InlineData("yes yes yes silent silent", "n2 n3 n4", false)]
    [InlineData("yes yes silent yes silent", "n2", false)]
    [InlineData("silent silent yes late late", "n2 n3 n4", true)]
    public async Task A_deletion_counts_when_they_are_too_few_in_the_namespace_as_well(
        string nodes, string acceptors, bool passes)
    {
        string[] answers = nodes.Split(' ');
        var main = new QuorumSystem(Enumerable.Range(0, answers.Length).Select(i => $"n{i}"));
        (await Pass(answers, passes, main, new QuorumSystem(acceptors.Split(' ')))).ShouldBe(passes);
    }

    private static async Task<bool> Pass(string[] answers, bool passes, params QuorumSystem[] quorums)
    {
        var asked = new Dictionary<string, Node>();
        for (int i = 0; i < answers.Length; i++)
            asked[$"n{i}"] = new Node(answers[i]);
        var barrier = new ListBarrier(node => asked[node], TimeProvider.System);
        TimeSpan timeout = passes ? TimeSpan.FromMinutes(1) : TimeSpan.FromMilliseconds(200);
        return await barrier.Pass(7, quorums, timeout);
    }

    private sealed class Node(string answer) : INodeGrain
    {
        private int _asked;

        public Task<bool> IsDiskLow() => throw new NotSupportedException();

        public Task<bool> HasFollowed(long revision)
        {
            revision.ShouldBe(7);
            return answer switch
            {
                "yes" => Task.FromResult(true),
                "late" => _asked++ switch
                {
                    0 => Task.FromResult(false),
                    1 => Task.FromException<bool>(new TimeoutException()),
                    _ => Task.FromResult(true),
                },
                "fails" => Task.FromException<bool>(new TimeoutException()),
                _ => new TaskCompletionSource<bool>().Task,
            };
        }
    }
}
