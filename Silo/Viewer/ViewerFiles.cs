using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace Doozer.Silo.Viewer;

/// <summary>A file of the viewer's.</summary>
internal sealed record ViewerFile(byte[] Content, string ContentType);

/// <summary>
/// The files of the viewer, out of this executable. Their URLs have a digest of all of them, so that a browser may keep them for
/// ever, and never mixes those of two versions.
/// </summary>
internal sealed class ViewerFiles
{
    private const string ResourcePrefix = "viewer/";
    private const string IndexName = "index.html";
    private const string BootName = "boot.js";
    private const string BasePlaceholder = "{base}";
    private const string BootPlaceholder = "{boot}";
    private const int VersionLength = 12;

    private readonly Dictionary<string, ViewerFile> _files = new(StringComparer.Ordinal);

    public ViewerFiles()
    {
        Assembly assembly = typeof(ViewerFiles).Assembly;
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string resource in assembly.GetManifestResourceNames().Order(StringComparer.Ordinal))
        {
            if (!resource.StartsWith(ResourcePrefix, StringComparison.Ordinal))
                continue;
            string name = resource[ResourcePrefix.Length..].Replace('\\', '/');
            using Stream stream = assembly.GetManifestResourceStream(resource)!;
            byte[] content = new byte[stream.Length];
            stream.ReadExactly(content);
            digest.AppendData(Encoding.UTF8.GetBytes(name));
            digest.AppendData(content);
            _files.Add(name, new ViewerFile(content, ContentTypeOf(name)));
        }

        Version = Convert.ToHexStringLower(digest.GetHashAndReset())[..VersionLength];
        ViewerFile index = _files[IndexName];
        byte[] boot = _files[BootName].Content;
        BootDigest = Convert.ToBase64String(SHA256.HashData(boot));
        string page = Encoding.UTF8.GetString(index.Content)
            .Replace(BasePlaceholder, $"{ViewerPages.Path}/{Version}", StringComparison.Ordinal)
            .Replace(BootPlaceholder, Encoding.UTF8.GetString(boot), StringComparison.Ordinal);
        Index = index with { Content = Encoding.UTF8.GetBytes(page) };
    }

    /// <summary>Another when any file is another.</summary>
    public string Version { get; }

    /// <summary>SHA-256 of the one script that stands in the page, in base 64.</summary>
    public string BootDigest { get; }

    /// <summary>The page itself.</summary>
    public ViewerFile Index { get; }

    /// <summary>A file of this version, if there is one of that name.</summary>
    public ViewerFile? Find(string version, string name) => version == Version ? _files.GetValueOrDefault(name) : null;

    private static string ContentTypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => "text/plain; charset=utf-8",
    };
}
