namespace Bailiwick.Decoder;

internal static class Program
{
    public static int Main() => 64;
}
