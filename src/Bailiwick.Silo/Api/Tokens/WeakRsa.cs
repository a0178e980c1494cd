using System.Numerics;

namespace Bailiwick.Silo.Api.Tokens;

/// <summary>RSA keys whose private half can be computed.</summary>
internal static class WeakRsa
{
    private const int Generator = 65537;

    private static readonly int[] Primes =
    [
        3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139,
        149, 151, 157, 163, 167,
    ];

    /// <summary>
    /// The fingerprint of CVE-2017-15361 (Nemec et al., "The Return of Coppersmith's Attack", CCS 2017, section 2): modulo each small prime the
    /// modulus is a power of 65537. By chance that is so for one modulus in 2^27 and less.
    /// </summary>
    /// <param name="modulus">Big-endian.</param>
    public static bool IsRoca(byte[] modulus)
    {
        var number = new BigInteger(modulus, isUnsigned: true, isBigEndian: true);
        return Primes.All(prime => IsPower((int)(number % prime), prime));
    }

    private static bool IsPower(int residue, int prime)
    {
        var power = 1;
        do
        {
            if (power == residue)
            {
                return true;
            }

            power = power * (Generator % prime) % prime;
        }
        while (power != 1);
        return false;
    }
}
