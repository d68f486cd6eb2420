using Desks;

string data = Directory.CreateTempSubdirectory("desks-").FullName;
await DesksApplication.Run(new DesksPorts(Silo: 11111, Gateway: 30000, Peer: 7000), data, Console.Out, CancellationToken.None);
Directory.Delete(data, recursive: true);
