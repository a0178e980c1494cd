using System.Text.Json;

namespace Bailiwick.Silo.Api.Responses;

/// <summary>What a response says of itself before there is an answer.</summary>
/// <param name="Id">`resp_…`.</param>
/// <param name="CreatedAt">Unix seconds.</param>
/// <param name="Model">Resolved name; as asked for, while nothing is resolved.</param>
/// <param name="Echo">Fields of the request that a response repeats: an object.</param>
/// <param name="IsStored">Whether it is kept.</param>
internal sealed record ResponseHead(string Id, long CreatedAt, string Model, JsonElement Echo, bool IsStored);
