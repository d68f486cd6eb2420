using Doozer.Client;

namespace Doozer.Tests.Client.Recipes;

/// <summary>A client of a <see cref="TestStore"/> with a session.</summary>
internal sealed record Member(IDoozerClient Client, TestConnection Connection, Session Session)
{
    public static async Task<Member> Join(TestStore store, TimeSpan? ttl = null)
    {
        (IDoozerClient client, TestConnection connection) = store.Connect();
        return new Member(client, connection, await client.OpenSessionAsync(ttl, cancellationToken: ClientFixture.Token));
    }

    /// <summary>From now on nothing that it sends arrives, and it hears nothing.</summary>
    public void CutOff() => Connection.Faults = static (_, _) => Fault.Hangs;
}
