using System.Text.Json;

namespace Bailiwick.Silo.Api.Responses;

/// <summary>Where the events of a response go.</summary>
internal interface IResponseSink
{
    /// <summary>Opens an event's object, with its type and number in it.</summary>
    /// <returns>Null where this event is not wanted.</returns>
    Utf8JsonWriter? Begin(string type, int sequence);

    /// <summary>Closes what <see cref="Begin"/> opened.</summary>
    void End(Utf8JsonWriter json);
}
