namespace Bailiwick.Silo.Api.Tls;

/// <summary>Every line that the doors' TLS logs: settings, files and times.</summary>
internal static partial class Log
{
    [LoggerMessage(6401, LogLevel.Information, "The doors show the renewed certificate, which is valid until {Until:u}")]
    public static partial void DoorCertificateRenewed(this ILogger logger, DateTime until);
}
