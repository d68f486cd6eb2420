using Doozer.Silo.Http;

namespace Doozer.Tests.Silo;

public sealed class NamespaceReferencesTests
{
    private int _made;

    [Fact]
    public void A_reference_is_made_once()
    {
        NamespaceReferences references = New();
        references.Get("main").ShouldBeSameAs(references.Get("main"));
        references.Get("other").ShouldNotBeSameAs(references.Get("main"));
        _made.ShouldBe(2);
    }

    [Fact]
    public void Of_made_up_names_only_so_many_are_kept()
    {
        NamespaceReferences references = New();
        for (int i = 0; i < 25_000; i++)
            references.Get($"n{i}");
        references.Kept.ShouldBeInRange(1, 10_000);
    }

    private NamespaceReferences New() => new(_ =>
    {
        _made++;
        return new FakeNamespace();
    });
}
