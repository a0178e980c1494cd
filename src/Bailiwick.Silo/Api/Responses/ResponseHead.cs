using System.Text.Json;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.Responses;

/// <summary>What a response says of itself before there is an answer.</summary>
/// <param name="Id">`resp_…`.</param>
/// <param name="CreatedAt">Unix seconds.</param>
/// <param name="Model">Resolved name; as asked for, while nothing is resolved.</param>
/// <param name="Echo">Fields of the request that a response repeats: an object.</param>
internal sealed record ResponseHead(string Id, long CreatedAt, string Model, JsonElement Echo)
{
    /// <summary>Of a response that is not stored: the turn names it.</summary>
    public static ResponseHead Of(TurnStarted started, JsonElement echo) =>
        new(ResponseIds.OfTurn(started.Turn), started.At.ToUnixTimeSeconds(), started.Model, echo);
}
