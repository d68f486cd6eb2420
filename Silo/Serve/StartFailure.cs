using System.Net.Sockets;

namespace Doozer.Silo.Serve;

/// <summary>Tells the operator in one sentence why a node does not start; only what nobody foresaw gets a stack trace.</summary>
internal static class StartFailure
{
    public static string Describe(Exception failure)
    {
        for (Exception? e = failure; e is not null; e = e is AggregateException a ? a.InnerExceptions[0] : e.InnerException)
        {
            if (IsForeseen(e))
                return "doozer: " + e.Message;
            if (e is InvalidDataException { InnerException: FormatException })
                return $"doozer: {e.Message.TrimEnd('.')}: {e.GetBaseException().Message}";
        }

        return failure is OperationCanceledException
            ? "doozer: stopped before it had started."
            : "doozer: the node could not start: " + failure;
    }

    // Our own errors are written for operators; so are the system's about files and sockets, rejected options, and values in
    // appsettings that are none.
    private static bool IsForeseen(Exception e) =>
        e.GetType().Namespace is "Doozer" or "Doozer.Clustering" or "Doozer.Storage" or "Doozer.Silo.Serve" or "Doozer.Grains"
        || e is UnauthorizedAccessException or Microsoft.Extensions.Options.OptionsValidationException or IOException or SocketException
        || (e is ArgumentException or InvalidDataException && IsFrom(e, "Doozer"))
        || (
            e is InvalidOperationException
                && (IsFrom(e, "Microsoft.Extensions.Configuration") || IsFrom(e, "Microsoft.Extensions.Logging")));

    private static bool IsFrom(Exception e, string @namespace) =>
        e.TargetSite?.DeclaringType?.Namespace?.StartsWith(@namespace, StringComparison.Ordinal) == true;
}
