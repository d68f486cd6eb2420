#if ORLEANS_DASHBOARD
using Orleans.Dashboard;
#endif
using Orleans.Hosting;

namespace Doozer.Silo.Serve;

/// <summary>Orleans' own dashboard below <c>/dashboard</c>, where the build has it.</summary>
internal static class Dashboard
{
    public static void Add(ISiloBuilder silo)
    {
#if ORLEANS_DASHBOARD
        silo.AddDashboard();
#endif
    }

    public static void Map(IEndpointRouteBuilder endpoints)
    {
#if ORLEANS_DASHBOARD
        endpoints.MapOrleansDashboard("/dashboard");
#endif
    }
}
