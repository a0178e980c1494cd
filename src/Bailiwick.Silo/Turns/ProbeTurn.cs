using System.Text;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Residency;
using Bailiwick.Residency.Requests;
using Bailiwick.Silo.Shards;

namespace Bailiwick.Silo.Turns;

/// <summary>
/// One token through the real path, under the purpose `probe` (DESIGN.md section 11). A turn like any other, with its two records; the
/// policy decides whether there is such a purpose. Pure.
/// </summary>
/// <param name="Request">What to ask; null where nothing is asked.</param>
/// <param name="Caller">As whom: this silo, in its own zone, by its certificate.</param>
/// <param name="Remark">Why a policy does not let it be asked; null where it does, or where there is no replica to ask.</param>
internal sealed record ProbeTurn(TurnRequest? Request, Caller? Caller, string? Remark)
{
    /// <summary>Of a probe's records, instead of a key.</summary>
    public const string KeyId = "probe";

    /// <summary>Id of a purpose.</summary>
    public const string Purpose = "probe";

    private static readonly byte[] Prompt = "1, 2,"u8.ToArray();

    /// <summary>The first ready model and tenant with which policy lets this silo ask itself, under the lowest class.</summary>
    /// <param name="guard">Over the policy in force.</param>
    /// <param name="boundary">What this cluster serves.</param>
    /// <param name="zone">Of this silo.</param>
    /// <param name="snapshot">What there is.</param>
    /// <param name="limit">Time for the answer.</param>
    public static ProbeTurn Of(Guard guard, Boundary boundary, string zone, ReplicaSnapshot snapshot, TimeSpan limit)
    {
        var words = guard.Snapshot.Vocabulary;
        if (!words.Purposes.Contains(Purpose))
        {
            return new ProbeTurn(
                null, null, $"The policy has no purpose '{Purpose}': no token is asked for, and ready is what the parts say of themselves.");
        }

        var ready = snapshot.Models.Where(model => model.Replicas.Any(replica => replica is { Phase: ReplicaPhase.Ready, Draining: false })).ToList();
        foreach (var tenant in words.Tenants)
        {
            var label = new Label(boundary.Jurisdiction, words.Classes[0], Purpose, tenant);
            var caller = new Caller(KeyId, label, Place.In(zone, Proof.Certificate), []) { Proofs = [] };
            if (ready.Find(model => Gate.Decide(guard, boundary, KeyId, raise: null, caller, model).Refusal is null) is { } model)
            {
                return new ProbeTurn(Ask(model.Name, limit), caller, null);
            }
        }

        return new ProbeTurn(
            null, null, ready.Count == 0 ? null : $"The policy allows no turn of purpose '{Purpose}' to this silo: no token is asked for.");
    }

    private static TurnRequest Ask(string model, TimeSpan limit) => new(
        model,
        new Submit
        {
            Text = Encoding.UTF8.GetString(Prompt),
            MaxTokens = 1,
            Sampling = new Sampling { Temperature = 0, TopP = 1, RepetitionPenalty = 1 },
            DeadlineMs = (long)limit.TotalMilliseconds,
        },
        Prompt, Raise: null, SeedGiven: true);
}
