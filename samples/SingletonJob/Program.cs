using SingletonJob;

string data = Directory.CreateTempSubdirectory("singleton-job-").FullName;
await SingletonJobApplication.Run(
    new JobPorts(Silo: 11111, Gateway: 30000, Peer: 7000), data, Console.Out, CancellationToken.None);
Directory.Delete(data, recursive: true);
