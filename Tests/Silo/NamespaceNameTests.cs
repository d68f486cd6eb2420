namespace Doozer.Tests.Silo;

public sealed class NamespaceNameTests
{
    [Theory]
    [InlineData("main")]
    [InlineData("a.b-c_D9")]
    [InlineData("clustering2")]
    public void A_name_of_letters_digits_and_marks_is_accepted(string name) => Names.RequireNamespace(name);

    // The pages of the cluster itself begin with /v1/clustering/, and of the node with /v1/self, in any case of letters.
    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a b")]
    [InlineData("clustering")]
    [InlineData("Clustering")]
    [InlineData("self")]
    public void A_name_that_could_be_taken_for_something_else_is_refused(string name) =>
        Should.Throw<InvalidNamespaceException>(() => Names.RequireNamespace(name))
            .Message.ShouldStartWith($"The namespace '{name}' is not valid: ");
}
