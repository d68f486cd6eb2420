using Doozer.Silo.Commands;

return await DoozerCommand.Run(args, CommandConsole.System(), CancellationToken.None);
