using Shop;

string data = Directory.CreateTempSubdirectory("shop-").FullName;
await ShopApplication.Run(new ShopPorts(Silo: 11111, Gateway: 30000, Peer: 7000), data, Console.Out, CancellationToken.None);
Directory.Delete(data, recursive: true);
