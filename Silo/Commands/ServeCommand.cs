using System.CommandLine;
using Doozer.Silo.Serve;

namespace Doozer.Silo.Commands;

/// <summary><c>doozer serve</c>.</summary>
internal static class ServeCommand
{
    /// <summary>For a parent that starts nodes: they stop when it is gone, however it went.</summary>
    public const string StopAtEndOfInput = "--stop-at-end-of-input";

    public static Command Create(CommandConsole console)
    {
        Option<string?>[] flags = Flags();
        Option<bool> dashboard = Dashboard();
        var stopAtEnd = new Option<bool>(StopAtEndOfInput) { Description = "Stop when standard input ends." };
        var command = new Command(
            "serve",
            "Runs a node. Every flag can also be an environment variable (DOOZER_ID) or a key of section \"Doozer\" in " +
            "appsettings.json.");
        foreach (Option<string?> flag in flags)
            command.Add(flag);
        command.Add(dashboard);
        command.Add(stopAtEnd);
        command.SetAction((result, cancellation) =>
        {
            Dictionary<string, string?> values = flags.ToDictionary(flag => flag.Name[2..], flag => result.GetValue(flag));
            if (result.GetValue(dashboard))
                values.Add(NodeSettings.DashboardName, bool.TrueString);
            return Server.Run(values, result.GetValue(stopAtEnd), console, cancellation);
        });
        return command;
    }

    public static Option<bool> Dashboard() => new("--" + NodeSettings.DashboardName)
    {
        Description = "Serve Orleans' dashboard at /dashboard; it slows every request down.",
    };

    private static Option<string?>[] Flags() =>
    [
        Flag("id", "ID", "This node's id (default n1; of one that joins, the machine's name)."),
        Flag("data", "DIR", "Folder of this node's data (default ./doozer-data/ID)."),
        Flag(
            "peers",
            "LIST",
            "All nodes, this one included, by HTTP address: n1=HOST[:PORT],n2=HOST[:PORT],... The same ids on every node."),
        Flag(
            "join",
            "URL[,URL...]",
            "Nodes of a running cluster that this one is to join. Needed once: a node that starts again knows its cluster."),
        Flag("role", "ROLE", "What it joins as: standby (default), which becomes a voter when one is wanted; or observer."),
        Flag(
            "address",
            "HOST[:PORT]",
            "Where the other nodes find this one's HTTP, if that is not --http (for --join, and a cluster's first node)."),
        Flag("http", "HOST:PORT", "Where HTTP is served (default this node's entry in --peers, else 127.0.0.1:8000)."),
        Flag(
            "http-names",
            "NAME[,NAME...]",
            "By which names HTTP may be asked, besides localhost, IP addresses and the names in the other settings."),
        Flag(
            "silo",
            "HOST:PORT",
            "Where other nodes connect (default 11111 on the host of --peers; 11112 if HTTP is on 8001, and so on)."),
        Flag(
            "gateway",
            "HOST:PORT",
            "Where Orleans clients connect (default 30000 beside --silo; 30001 if HTTP is on 8001, and so on)."),
        Flag(
            "quorum",
            "ELECT,WRITE",
            "How many nodes elect a leader, and how many a write needs (default majorities). The same on every node."),
        Flag(
            "voters",
            "N",
            "How many voters the cluster wants (default 3, or as many as --peers): nodes that join become voters until there " +
            "are so many. For a cluster's first nodes."),
        Flag("log-format", "text|json", "How the log is written: lines for people (default), or an object of JSON in each line."),
        Flag("cluster", "NAME", "Name of the cluster (default doozer)."),
        Flag(
            "cluster-secret",
            "TEXT",
            "Signs what nodes say to each other about who is a member; needed when they are not all on loopback."),
        Flag(
            "cluster-secret-file", "FILE", "Holds the secret, which a command line would show to every user of the machine."),
    ];

    private static Option<string?> Flag(string name, string value, string description) =>
        new("--" + name) { HelpName = value, Description = description };
}
