using ArchUnitNET.Domain;
using ArchUnitNET.Loader;
using ArchUnitNET.xUnitV3;
using Doozer.Client;
using Doozer.Grains;
using Doozer.Paxos;
using static ArchUnitNET.Fluent.ArchRuleDefinition;
using Assembly = System.Reflection.Assembly;

namespace Doozer.Tests;

/// <summary>
/// Who may know whom. The protocol, the tree and the storage know nothing of each other, nor of Orleans,
/// so that each can be read, tested and simulated alone; <c>Clustering</c> starts before any namespace, and must not need one.
/// </summary>
public sealed class ArchitectureTests
{
    private const string Interfaces = "Doozer.Orleans.Grains.Interfaces";

    private static readonly Assembly GrainsAssembly = typeof(DoozerOptions).Assembly;
    private static readonly Assembly ClientAssembly = typeof(IDoozerClient).Assembly;
    private static readonly Assembly InterfacesAssembly = Assembly.Load(Interfaces);

    private static readonly Architecture Product =
        new ArchLoader().LoadAssemblies(GrainsAssembly, ClientAssembly, InterfacesAssembly).Build();

    [Theory]
    [InlineData("Doozer.Paxos")]
    [InlineData("Doozer.Tree")]
    [InlineData("Doozer.Storage")]
    public void A_pure_part_depends_on_nothing_else_of_ours_and_not_on_Orleans(string part) =>
        Types().That().ResideInNamespaceOrBelow(part)
            .Should().NotDependOnAny(Types(true).That().ResideInNamespaceMatching(@"^(Doozer|Orleans)(\.|$)")
                .And().DoNotResideInNamespaceOrBelow(part)
                .And().AreNot(typeof(IOperatorError)))
            .Check(Product);

    /// <summary>Its one type of <c>System.IO</c> is the error for malformed bytes.</summary>
    [Fact]
    public void The_protocol_does_no_IO_and_starts_no_task() =>
        Types().That().ResideInNamespaceOrBelow("Doozer.Paxos")
            .Should().NotDependOnAny(Types(true).That().ResideInNamespaceMatching(@"^System\.(IO|Net|Threading|Timers)(\.|$)")
                .And().AreNot(typeof(InvalidDataException)))
            .Check(Product);

    [Fact]
    public void Clustering_depends_on_ballots_quorums_storage_and_the_failure_of_the_node_alone() =>
        Types().That().ResideInNamespaceOrBelow("Doozer.Clustering")
            .Should().NotDependOnAny(Types().That().ResideInNamespaceOrBelow("Doozer")
                .And().DoNotResideInNamespaceOrBelow("Doozer.Clustering")
                .And().DoNotResideInNamespaceOrBelow("Doozer.Storage")
                .And().AreNot(
                    typeof(Ballot), typeof(QuorumSystem), typeof(AcceptorSet),
                    typeof(NodeFailure), typeof(Names), typeof(IOperatorError)))
            .Check(Product);

    [Fact]
    public void The_client_needs_the_interfaces_of_the_grains_alone() => OursIn(ClientAssembly).ShouldBe([Interfaces]);

    [Fact]
    public void The_interfaces_of_the_grains_need_nothing_of_ours() => OursIn(InterfacesAssembly).ShouldBeEmpty();

    [Fact]
    public void The_grains_need_their_interfaces_alone() => OursIn(GrainsAssembly).ShouldBe([Interfaces]);

    private static IEnumerable<string?> OursIn(Assembly assembly) =>
        assembly.GetReferencedAssemblies().Select(name => name.Name)
            .Where(name => name!.StartsWith("Doozer", StringComparison.OrdinalIgnoreCase));
}
