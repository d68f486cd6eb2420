using System.CommandLine;
using Doozer.Node;
using Doozer.Silo.Serve;

namespace Doozer.Silo.Commands;

/// <summary><c>doozer snapshot</c>: save, verify and restore a namespace as a file.</summary>
internal static class SnapshotCommand
{
    public static Command Create(CommandConsole console) =>
        new("snapshot", "Saves a namespace to a file, checks such files, and restores from them.")
        {
            Save(console),
            Verify(console),
            Restore(console),
        };

    private static Argument<string> File() => new("FILE") { Description = "The snapshot file." };

    private static Command Save(CommandConsole console)
    {
        Argument<string> file = File();
        var allowEmpty = new Option<bool>("--allow-empty") { Description = "Save the namespace even if it has no files." };
        return StoreCommand.Create(
            "save",
            "Saves a namespace of a running cluster to a new file: all that was acknowledged before, with history and revisions.",
            console,
            [file, allowEmpty],
            async context =>
            {
                string path = Given(context.Arguments.GetValue(file)!);
                if (System.IO.File.Exists(path) || Directory.Exists(path))
                    throw new CommandFailure($"'{path}' exists already; give the name of a new file.");
                SnapshotInfo info = await Download(context, path, context.Arguments.GetValue(allowEmpty));
                await context.Print(Printed(info), PrintedJson.Types.PrintedSnapshot, Describe(info));
            });
    }

    // Under a name that was nobody's until all of it is there and checked.
    private static async Task<SnapshotInfo> Download(StoreCommand.Context context, string path, bool allowEmpty)
    {
        string partial = $"{Path.GetFullPath(path)}.{Path.GetRandomFileName()}";
        bool isOwn = false;
        using var progress = new ProgressLine(
            context.Console, () => $"{ProgressLine.Size(BytesIn(partial))} saved", TimeProvider.System);
        try
        {
            await using (var stream = new FileStream(partial, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                isOwn = true;
                await context.Store.Download("snapshot", stream, context.Cancellation);
                stream.Flush(flushToDisk: true);
            }

            SnapshotInfo info = SnapshotFiles.Verify(partial);
            if (info.Files == 0 && !allowEmpty)
            {
                throw new CommandFailure(
                    $"The namespace '{info.Namespace}' has no files, and nothing was saved: is that its name? If so, give " +
                    "--allow-empty.");
            }

            System.IO.File.Move(partial, path, overwrite: false);
            return info;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or SnapshotFileException)
        {
            throw new CommandFailure($"'{path}' cannot be saved: {exception.Message.Replace(partial, path)}");
        }
        finally
        {
            if (isOwn)
                System.IO.File.Delete(partial);
        }
    }

    private static Command Verify(CommandConsole console)
    {
        Argument<string> file = File();
        Option<bool> json = StoreOptions.Json();
        var command = new Command("verify", "Checks a snapshot file to its last byte and prints what it holds.") { file, json };
        command.SetAction(async (result, cancellation) =>
        {
            string path = Given(result.GetValue(file)!);
            SnapshotInfo info;
            using (new ProgressLine(console, () => $"checks {ProgressLine.Size(BytesIn(path))}", TimeProvider.System))
                info = Check(() => SnapshotFiles.Verify(path));
            await Print(console, info, result.GetValue(json), cancellation);
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Restore(CommandConsole console)
    {
        var files = new Argument<string[]>("FILE")
        {
            Description = "Snapshot files, one for each namespace.",
            Arity = ArgumentArity.OneOrMore,
        };
        var data = new Option<string>("--data") { HelpName = "DIR", Description = "The new data folder.", Required = true };
        Option<string> id = Name("--id", "ID", "n1", "The node's id.");
        Option<string> cluster = Name("--cluster", "NAME", "doozer", "Name of the cluster.");
        Option<long> bump = Bump();
        Option<bool> json = StoreOptions.Json();
        var command = new Command(
            "restore",
            "Makes the data folder of one node of a new cluster from snapshots; files keep their revisions. Make the folders " +
            "of all its nodes from the same files with the same --bump.")
        {
            files, data, id, cluster, bump, json,
        };
        command.SetAction(async (result, cancellation) =>
        {
            string node = NameSetting.Check("--id", "node id", result.GetValue(id)!);
            string name = NameSetting.Check("--cluster", "cluster name", result.GetValue(cluster)!);
            string folder = SettingsSources.Flag("data", result.GetValue(data))!;
            string[] snapshots = Array.ConvertAll(result.GetValue(files)!, Given);
            IReadOnlyList<SnapshotInfo> restored;
            using (new ProgressLine(console, () => $"{ProgressLine.Size(BytesIn(folder))} restored", TimeProvider.System))
                restored = Check(() => SnapshotFiles.Restore(snapshots, folder, name, node, result.GetValue(bump)));
            foreach (SnapshotInfo info in restored)
                await Print(console, info, result.GetValue(json), cancellation);
            return ExitCode.Done;
        });
        return command;
    }

    private static Option<string> Name(string name, string value, string fallback, string description) => new(name)
    {
        HelpName = value,
        Description = description,
        DefaultValueFactory = _ => fallback,
    };

    private static Option<long> Bump() => WholeNumber.Option(
        "--bump",
        "N",
        SnapshotFiles.LeastBump,
        SnapshotFiles.LeastBump,
        SnapshotFiles.MostBump,
        "How many revisions to leave out, so that none is given again: more than were written after the snapshots.");

    /// <summary>How long a file is, or all below a folder; what changes meanwhile need not be right.</summary>
    private static long BytesIn(string path)
    {
        try
        {
            return Directory.Exists(path)
                ? new DirectoryInfo(path).EnumerateFiles("*", SearchOption.AllDirectories).Sum(each => each.Length)
                : new FileInfo(path).Length;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    private static string Given(string file) =>
        string.IsNullOrWhiteSpace(file) ? throw new CommandFailure("The name of the snapshot file is blank.") : file;

    private static T Check<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (SnapshotFileException exception)
        {
            throw new CommandFailure(exception.Message);
        }
    }

    private static ValueTask Print(CommandConsole console, SnapshotInfo info, bool json, CancellationToken cancellation) =>
        json
            ? console.WriteJson(Printed(info), PrintedJson.Types.PrintedSnapshot, cancellation)
            : console.WriteLine(Describe(info), cancellation);

    private static PrintedSnapshot Printed(SnapshotInfo info) => new(
        info.Namespace, info.Revision, info.OldestRevision, info.Files, info.Bytes, info.Digest);

    private static string Describe(SnapshotInfo info) =>
        $"namespace {info.Namespace} revision {info.Revision} oldest {info.OldestRevision} files {info.Files} bytes " +
        $"{info.Bytes} sha256 {info.Digest}";
}
