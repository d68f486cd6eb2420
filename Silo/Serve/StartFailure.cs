using System.Net.Sockets;
using System.Reflection;
using Microsoft.Extensions.Logging.Configuration;
using Microsoft.Extensions.Options;

namespace Doozer.Silo.Serve;

/// <summary>
/// Tells the operator in one sentence why a node does not start; only what nobody foresaw gets a stack trace.
/// </summary>
internal static class StartFailure
{
    // These read appsettings, and throw InvalidOperationException, as everybody does, when a value there is not usable.
    private static readonly Assembly[] Readers =
        [typeof(ConfigurationBinder).Assembly, typeof(ILoggerProviderConfigurationFactory).Assembly];

    public static string Describe(Exception failure)
    {
        for (Exception? cause = failure; cause is not null; cause = CauseOf(cause))
        {
            if (cause is InvalidDataException { InnerException: FormatException })
                return Printable.Line($"doozer: {cause.Message.TrimEnd('.')}: {cause.GetBaseException().Message}");
            if (IsForeseen(cause))
                return Printable.Line("doozer: " + cause.Message);
        }

        return failure is OperationCanceledException
            ? "doozer: stopped before it had started."
            : "doozer: the node could not start: " + failure;
    }

    private static Exception? CauseOf(Exception exception) =>
        exception is AggregateException aggregate ? aggregate.InnerExceptions[0] : exception.InnerException;

    // Besides our own errors, what the system says about files and sockets, and about files that are not what they should be.
    private static bool IsForeseen(Exception exception) => exception switch
    {
        IOperatorError or OptionsValidationException => true,
        IOException or UnauthorizedAccessException or SocketException or InvalidDataException => true,
        InvalidOperationException => exception.TargetSite is { } site && Readers.Contains(site.Module.Assembly),
        _ => false,
    };
}
