using System.Net.Mime;
using Doozer.Namespaces;

namespace Doozer.Silo.Http;

/// <summary>A namespace's snapshot as a download.</summary>
internal static class SnapshotEndpoint
{
    public static async Task Get(HttpContext context)
    {
        string name = (string)context.Request.RouteValues["namespace"]!;
        INamespaceSnapshots snapshots = context.RequestServices.GetRequiredService<INamespaceSnapshots>();
        context.Response.ContentType = MediaTypeNames.Application.Octet;
        try
        {
            await snapshots.Save(name, context.Response.Body, context.RequestAborted);
        }
        catch (Exception) when (context.Response.HasStarted)
        {
            // The receiver must not take a part for the whole.
            context.Abort();
        }
    }
}
