namespace Orleans.Runtime.Messaging;

[GenerateSerializer]
public class ConnectionFailedException : OrleansException
{
    public ConnectionFailedException()
    {
    }

    public ConnectionFailedException(string message)
        : base(message)
    {
    }

    public ConnectionFailedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
