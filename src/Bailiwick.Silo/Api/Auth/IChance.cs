using System.Security.Cryptography;

namespace Bailiwick.Silo.Api.Auth;

/// <summary>Where secrets come from; tests give a seeded one.</summary>
internal interface IChance
{
    void Fill(Span<byte> bytes);
}

/// <summary>The operating system's generator.</summary>
internal sealed class SystemChance : IChance
{
    public void Fill(Span<byte> bytes) => RandomNumberGenerator.Fill(bytes);
}
